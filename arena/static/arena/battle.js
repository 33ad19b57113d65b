// The battle's page: one WebSocket for the answers, one POST for the vote. No dependency.

const data = JSON.parse(document.getElementById("battle-data").textContent);
const words = data.words;
const SIDES = ["a", "b"];
const KEYS = { 1: "a", 2: "tie", 3: "both_bad", 4: "b", a: "a", t: "tie", x: "both_bad", b: "b" };
const CHIPS_SHOWN = 6;
const PACE = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
const ADDRESS = new URL("/ws/arena/", location.href);
ADDRESS.protocol = ADDRESS.protocol.replace("http", "ws");

const $ = (id) => document.getElementById(id);
const fill = (sentence, values) => sentence.replace(/{(\w+)}/g, (_, name) => values[name]);
const show = (element, visible) => { element.hidden = !visible; };
const csrf = () => document.querySelector("[name=csrfmiddlewaretoken]").value;
const detailUrl = (id) => data.urls.detail.replace(data.urls.any, id);
const voteUrl = (id) => data.urls.vote.replace(data.urls.any, id);
const skipUrl = (id) => data.urls.skip.replace(data.urls.any, id);

// What the page knows. `battle` is the server's blind picture; `reveal` is there only after the vote.
let battle = null;
let reveal = null;
let battleId = data.battle;
let votableSince = null;
let stopping = false; // asked for, not yet confirmed
let stopped = false;

/* The line: reconnects on any close, and says again what was not answered. */

// A server that is alive answers, or gives up on a model, sooner than this.
const SILENCE_MS = 45000;
let socket = null;
let attempts = 0;
let timer = null;
let heard = 0;
let unanswered = null; // the request that neither a picture nor an error has come back for

function connect() {
  clearTimeout(timer);
  const line = new WebSocket(ADDRESS);
  socket = line;
  line.addEventListener("open", () => {
    if (attempts) say(words.online, 2000);
    attempts = 0;
    heard = performance.now();
    if (unanswered) transmit(unanswered);
    else if (expecting()) transmit({ type: "join", battle: battleId });
  });
  line.addEventListener("message", (event) => {
    heard = performance.now();
    receive(JSON.parse(event.data));
  });
  line.addEventListener("close", () => line === socket && retry());
}

function retry() {
  if (unanswered || expecting()) say(words.offline);
  const wait = Math.min(8000, 400 * 2 ** attempts) * (0.7 + 0.6 * Math.random());
  attempts += 1;
  timer = setTimeout(connect, wait);
}

// Whether the server still has something to say about this battle.
const expecting = () => Boolean(battleId) && !stopped && (battle === null || battle.state === "open");

function transmit(request) {
  if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(request));
}

function request(message) {
  unanswered = message;
  transmit(message);
}

// A network that came back leaves the old connection open and dead: it is replaced, not trusted.
function replaceLine() {
  const old = socket;
  connect();
  old.close();
}

function wake() {
  if (socket.readyState === WebSocket.CLOSED) connect();
  // It may have been judged or skipped in another window meanwhile.
  else if (battle?.state === "open" && battle.votable) transmit({ type: "join", battle: battleId });
  sendKeptVotes();
}

/* What the server says. */

function receive(message) {
  switch (message.type) {
    case "state": return takePicture(message.battle);
    case "delta": return SIDES.forEach((side) => message[side] && addText(message.turn, side, message[side]));
    case "answer": return finishAnswer(message.turn, message.side, message.html);
    case "again": return startAgain(message.turn, message.side);
    case "votable": battle.votable = true; return drawDock();
    case "ended": Object.assign(battle, { state: "ended", message: message.message }); return drawArena();
    case "error": return refuse(message);
  }
}

function takePicture(picture) {
  unanswered = null;
  clearAlert();
  // Voted in another window: the page itself carries the reveal.
  if (picture.state === "voted" && !reveal) return location.replace(detailUrl(picture.id));
  const isNew = picture.id !== battleId;
  const isLonger = !battle || battle.id !== picture.id || picture.turns.length > battle.turns.length;
  battle = picture;
  battleId = picture.id;
  stopping = false;
  stopped = stopped && battle.state === "open" && !battle.votable;
  if (isNew) history.pushState(null, "", detailUrl(battleId));
  drawArena();
  if (isLonger && (isNew || battle.turns.length > 1)) lastTurn().scrollIntoView({ behavior: PACE, block: "start" });
}

function refuse(error) {
  const refused = unanswered;
  unanswered = null;
  if (error.code === "consent") {
    const next = encodeURIComponent(location.pathname + location.search);
    return location.assign(`${data.urls.consent}?next=${next}`);
  }
  stopping = false;
  if (refused?.type === "ask") $("follow-up").value = refused.text;
  if (!battle || error.code === "battle_unknown") compose({ text: refused?.text, push: true });
  else drawDock();
  alertUser(error.message);
}

/* Drawing. */

function drawArena() {
  show($("compose"), false);
  show($("arena"), true);
  $("turns").replaceChildren(...battle.turns.map(drawTurn));
  watchSides();
  drawDock();
}

function drawTurn(turn) {
  const article = $("turn-template").content.firstElementChild.cloneNode(true);
  article.dataset.turn = turn.number;
  article.querySelector("[data-you]").textContent = `${words.you}: `;
  article.querySelector("[data-text]").textContent = turn.text;
  for (const side of SIDES) {
    const pane = article.querySelector(`[data-side=${side}]`);
    pane.querySelector("[data-title]").textContent = fill(words.answer, { side: side.toUpperCase() });
    drawAnswer(pane, turn.answers[side]);
  }
  return article;
}

function drawAnswer(pane, answer) {
  const box = pane.querySelector(".answer");
  const ended = battle?.state === "ended";
  pane.dataset.state = answer.state;
  pane.setAttribute("aria-busy", String(answer.state !== "complete" && !stopped && !ended));
  box.classList.toggle("plain", answer.state !== "complete");
  if (answer.state === "complete") box.innerHTML = answer.html; // made safe by the server
  else if (ended) box.replaceChildren(aside("hint", words.unanswered));
  else if (answer.text) box.textContent = answer.text;
  else box.replaceChildren(...(stopped ? [] : [waiting(words.waiting)]));
}

// The site's own words in the place of an answer: in the language of the page, not of the answers.
function aside(name, sentence) {
  const span = document.createElement("span");
  span.className = name;
  span.lang = document.documentElement.lang;
  span.textContent = sentence;
  return span;
}

function waiting(sentence) {
  const span = aside("waiting", sentence);
  span.prepend(...[0, 1, 2].map(() => document.createElement("i")));
  return span;
}

const lastTurn = () => $("turns").lastElementChild;
const paneOf = (turn, side) => $("turns").querySelector(`[data-turn="${turn}"] [data-side=${side}]`);
const answerOf = (turn, side) => battle.turns[turn - 1].answers[side];

function addText(turn, side, text) {
  const answer = answerOf(turn, side);
  const box = paneOf(turn, side).querySelector(".answer");
  if (!answer.text) box.replaceChildren(document.createTextNode(""));
  answer.text += text;
  answer.state = "streaming";
  box.firstChild.appendData(text);
}

function finishAnswer(turn, side, html) {
  Object.assign(answerOf(turn, side), { state: "complete", html });
  drawAnswer(paneOf(turn, side), answerOf(turn, side));
  drawDock();
}

function startAgain(turn, side) {
  Object.assign(answerOf(turn, side), { state: "waiting", text: "" });
  const pane = paneOf(turn, side);
  drawAnswer(pane, answerOf(turn, side));
  pane.querySelector(".answer").replaceChildren(waiting(words.again));
}

const underway = () => battle !== null && battle.state === "open" && !battle.votable && !stopped;

function drawDock() {
  const kept = keptVote(battleId);
  const last = battle.turns.at(-1).answers;
  const writing = SIDES.filter((side) => last[side].state !== "complete");
  const open = battle.state === "open" && battle.votable && !kept;
  const ended = battle.state === "ended";
  show($("dock"), battle.state !== "voted");
  show($("switch"), battle.state !== "voted");
  show($("stop"), underway() && !stopping);
  for (const id of ["apart", "why", "vote"]) show($(id), open);
  show($("skip"), battle.state === "open" && !kept);
  show($("continue"), battle.state === "open" && stopped);
  show($("resend"), Boolean(kept) && !reveal);
  show($("fresh"), ended || stopped);
  show($("dock-actions"), ended || stopped || Boolean(kept));
  show($("next-turn"), open && battle.turns_left > 0);
  votableSince = open ? votableSince ?? performance.now() : null;
  for (const button of $("vote").querySelectorAll("button")) button.disabled = false;
  $("status").textContent = dockSentence({ kept, writing, open, ended });
  if (reveal) drawReveal();
  else show($("reveal"), false);
}

function dockSentence({ kept, writing, open, ended }) {
  if (ended) return battle.message || words.ended;
  if (kept) return words.kept;
  if (open) return words.ready;
  if (stopped) return words.stopped;
  if (stopping) return words.stopping;
  if (writing.length === 1) {
    const [other] = writing;
    return fill(words.one_writing, { done: other === "a" ? "B" : "A", other: other.toUpperCase() });
  }
  return words.both_writing;
}

function drawReveal() {
  show($("dock"), false);
  show($("next-turn"), false);
  $("reveal-title").textContent = words[`voted_${reveal.outcome}`];
  for (const side of SIDES) {
    const chosen = reveal.outcome === side;
    const card = $("reveal").querySelector(`[data-side=${side}]`);
    card.classList.toggle("chosen", chosen);
    card.replaceChildren(...describe(side, reveal.models[side]));
    for (const pane of $("turns").querySelectorAll(`.pane[data-side=${side}]`)) pane.classList.toggle("chosen", chosen);
  }
  drawEffect();
  $("shared").textContent = "";
  $("votes-total").textContent = fill(words.votes_total, { count: number(reveal.votes_total) });
  show($("reveal"), true);
}

// How others judged these two, and what this vote told beyond.
function drawEffect() {
  const others = Object.entries(reveal.others);
  const judged = others.some(([, votes]) => votes > 0);
  show($("others-said"), judged);
  for (const [outcome, votes] of others) {
    const row = $("others-said").querySelector(`[data-outcome=${outcome}]`);
    row.style.setProperty("--votes", votes);
    row.classList.toggle("yours", outcome === reveal.outcome);
    row.querySelector("dd").textContent = number(votes);
  }
  const points = (value) => number(value, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const { interval } = reveal;
  $("effect").textContent = interval
    ? fill(words.interval, { without: points(interval.without), with: points(interval.with) })
    : judged ? "" : words.first_vote;
}

// Sharing makes the battle readable for whoever has its address: only a tap on the button does it.
async function shareBattle() {
  try {
    const response = await fetch(data.urls.share.replace(data.urls.any, battleId), { method: "POST", headers: { "X-CSRFToken": csrf() } });
    const answer = await response.json();
    if (response.ok) return await tellAddress(answer.url);
    $("shared").textContent = answer.message;
  } catch {
    $("shared").textContent = words.not_shared;
  }
}

async function tellAddress(url) {
  const link = document.createElement("a");
  link.href = link.textContent = url;
  $("shared").replaceChildren(`${words.shared} `, link);
  try {
    await navigator.clipboard.writeText(url);
    $("shared").append(` ${words.copied}`);
  } catch { /* the address stands there to be copied by hand */ }
}

function describe(side, model) {
  const badge = document.createElement("span");
  badge.className = `side side-${side}`;
  badge.textContent = side.toUpperCase();
  const link = document.createElement("a");
  link.href = model.url;
  link.textContent = model.title;
  const facts = document.createElement("p");
  const size = model.parameters && fill(words.parameters, { count: number(model.parameters, { notation: "compact" }) });
  const child = model.parent && fill(words.child, { parent: model.parent });
  for (const fact of [model.demo && words.demo, model.kind, child, size, model.licence]) {
    if (!fact) continue;
    const span = document.createElement("span");
    span.textContent = fact;
    facts.append(span);
  }
  return [badge, link, facts];
}

const number = (value, options) => new Intl.NumberFormat(document.documentElement.lang, options).format(value);

/* Asking. */

function openBattle(text, prompt = null) {
  if (!text.trim()) return alertUser(words.prompt_empty);
  battle = reveal = battleId = null;
  stopped = stopping = false;
  clearAlert();
  drawOpening(text);
  request({ type: "open", text, prompt });
}

// The question and two waiting panes at once: the server's picture replaces them in a moment.
function drawOpening(text) {
  show($("compose"), false);
  show($("arena"), true);
  const empty = () => ({ state: "waiting", text: "", html: "" });
  $("turns").replaceChildren(drawTurn({ number: 1, text, answers: { a: empty(), b: empty() } }));
  for (const id of ["stop", "apart", "why", "vote", "skip", "dock-actions", "next-turn", "reveal"]) show($(id), false);
  for (const id of ["dock", "switch"]) show($(id), true);
  judgeAnew();
  $("status").textContent = words.opening;
  scrollTo({ top: 0 });
}

function compose({ text = "", push = false } = {}) {
  battle = reveal = battleId = votableSince = null;
  stopped = stopping = false;
  if (push && location.pathname !== data.urls.battle) history.pushState(null, "", data.urls.battle);
  show($("arena"), false);
  show($("compose"), true);
  $("prompt").value = text;
  count($("prompt"));
  drawChips();
  scrollTo({ top: 0 });
  // On a phone the keyboard would hide the prompts to tap.
  if (matchMedia("(hover: hover)").matches) $("prompt").focus({ preventScroll: true });
}

function count(box) {
  const left = data.limit - [...box.value.trim()].length;
  const counter = box.form.querySelector("[data-counter]");
  const near = left < data.limit / 4;
  counter.textContent = !near ? words.keys
    : left < 0 ? fill(words.too_long, { count: number(-left) }) : fill(words.left, { count: number(left) });
  counter.classList.toggle("near", near);
  counter.classList.toggle("over", left < 0);
  box.form.querySelector("[type=submit]").disabled = left < 0;
}

let category = "";
let difficulty = "";

const matching = () => data.prompts.filter((prompt) =>
  (!category || prompt.category === category) && (!difficulty || prompt.difficulty === difficulty));

function drawBank() {
  drawCategories();
  drawDifficulties();
  drawChips();
}

function drawCategories() {
  const names = [...new Set(data.prompts.map((prompt) => prompt.category))].sort(new Intl.Collator(document.documentElement.lang).compare);
  $("categories").replaceChildren(...["", ...names].map((name) => pill(name || words.all, name === category, () => {
    category = name;
    if (!matching().length) difficulty = "";
  })));
  show($("bank"), data.prompts.length > 0);
  show($("surprise"), data.prompts.length > 0);
  show($("next-surprise"), data.prompts.length > 0);
}

// A press on the pressed one lets go of it: every difficulty again.
function drawDifficulties() {
  const inBank = new Set(data.prompts.map((prompt) => prompt.difficulty));
  const known = data.difficulties.filter(({ name }) => inBank.has(name));
  $("difficulties").replaceChildren(...known.map(({ name, label }) => {
    const chosen = name === difficulty;
    const button = pill(label, chosen, () => { difficulty = chosen ? "" : name; });
    button.disabled = !data.prompts.some((prompt) => prompt.difficulty === name && (!category || prompt.category === category));
    return button;
  }));
  show($("difficulties"), known.length > 1);
}

function pill(label, chosen, choose) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = label;
  button.setAttribute("aria-pressed", String(chosen));
  button.addEventListener("click", () => {
    const group = button.parentElement;
    const place = [...group.children].indexOf(button);
    choose();
    drawBank();
    group.children[place].focus({ preventScroll: true }); // drawn anew
  });
  return button;
}

function drawChips() {
  $("chips").replaceChildren(...sample(matching(), CHIPS_SHOWN).map((prompt) => {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.dir = "auto";
    button.lang = data.language;
    button.textContent = prompt.text;
    button.addEventListener("click", () => openBattle(prompt.text, prompt.id));
    item.append(button);
    return item;
  }));
  show($("others"), matching().length > CHIPS_SHOWN);
}

function sample(list, size) {
  const rest = [...list];
  return Array.from({ length: Math.min(size, rest.length) }, () => rest.splice(Math.floor(Math.random() * rest.length), 1)[0]);
}

function surprise() {
  const [prompt] = sample(data.prompts, 1);
  openBattle(prompt.text, prompt.id);
}

/* The vote: kept in this browser until the server has it. */

const PREFIX = "harea.vote.";
const memory = new Map(); // where the browser allows no storage

function keptVotes() {
  const votes = new Map(memory);
  try {
    for (let i = 0; i < localStorage.length; i += 1) {
      const name = localStorage.key(i);
      if (name.startsWith(PREFIX)) votes.set(name.slice(PREFIX.length), JSON.parse(localStorage.getItem(name)));
    }
  } catch { /* storage is refused: `memory` has them */ }
  return votes;
}

const keptVote = (id) => keptVotes().get(id);

function keep(id, vote) {
  memory.set(id, vote);
  try { localStorage.setItem(PREFIX + id, JSON.stringify(vote)); } catch { /* see keptVotes */ }
}

function forget(id) {
  memory.delete(id);
  try { localStorage.removeItem(PREFIX + id); } catch { /* see keptVotes */ }
}

// crypto.randomUUID exists only on secure origins; a site in a school's network may have none.
function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
}

function vote(outcome) {
  if (!battle?.votable || battle.state !== "open" || keptVote(battleId)) return;
  const dwell = votableSince === null ? null : Math.round(performance.now() - votableSince);
  keep(battleId, { outcome, ...judgedApart(), remarks: remarked(), key: newKey(), dwell_ms: dwell });
  for (const button of $("vote").querySelectorAll("button")) button.disabled = true;
  $("status").textContent = words.sending;
  sendVote(battleId);
}

// The axes that were judged on their own, such as { content: "a" }.
function judgedApart() {
  return Object.fromEntries([...$("apart").querySelectorAll("input:checked")].map((choice) => [choice.name, choice.value]));
}

// What was said of each side, such as { a: { tags: ["helpful"], comment: "" } }; nothing of a side where nothing was said.
function remarked() {
  const remarks = {};
  for (const box of $("why").querySelectorAll("[data-remark]")) {
    const tags = [...box.querySelectorAll("input:checked")].map((choice) => choice.value);
    const comment = box.querySelector("textarea").value.trim();
    if (tags.length || comment) remarks[box.dataset.remark] = { tags, comment };
  }
  return remarks;
}

function countComment(box) {
  const left = box.maxLength - box.value.length;
  box.nextElementSibling.textContent = box.value && left < box.maxLength / 4 ? fill(words.left, { count: number(left) }) : "";
}

function judgeAnew() {
  for (const id of ["apart", "why", "skip"]) $(id).open = false;
  for (const choice of $("choices").querySelectorAll("input:checked")) choice.checked = false;
  for (const box of $("why").querySelectorAll("textarea")) {
    box.value = "";
    countComment(box);
  }
}

const sending = new Set();
let voteTimer = null;

async function sendVote(id) {
  const kept = keptVote(id);
  if (!kept || sending.has(id)) return;
  sending.add(id);
  try {
    const response = await fetch(voteUrl(id), {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": csrf() },
      body: JSON.stringify(kept),
    });
    // An answer that is no JSON comes from something between us and the site: the vote stays.
    const answer = await response.json();
    if (response.ok) voteCounted(id, answer);
    else if (response.status >= 500) voteWaits(id, answer.message);
    else judgementRefused(id, answer);
  } catch {
    voteWaits(id, "");
  } finally {
    sending.delete(id);
  }
}

function voteCounted(id, answer) {
  forget(id);
  if (id !== battleId) return say(words.kept_sent, 5000);
  clearAlert();
  reveal = answer;
  if (!battle) return; // the picture is still on its way
  battle.state = "voted";
  drawDock();
  $("reveal").focus({ preventScroll: true });
  $("reveal").scrollIntoView({ behavior: PACE, block: "nearest" });
}

function voteWaits(id, sentence) {
  clearTimeout(voteTimer);
  voteTimer = setTimeout(sendKeptVotes, 10000);
  if (id !== battleId || !battle) return;
  drawDock();
  if (sentence) $("status").textContent = sentence;
}

function judgementRefused(id, answer) {
  forget(id);
  if (id !== battleId || !battle) return;
  if (answer.code === "already_voted") return location.replace(detailUrl(id));
  if (answer.code === "battle_closed") battle.state = "ended";
  drawDock();
  alertUser(answer.message);
}

function sendKeptVotes() {
  for (const id of keptVotes().keys()) sendVote(id);
}

/* The skip: sent at once or not at all. */

async function skip(reason) {
  const id = battleId;
  setSkipping(true);
  try {
    const response = await fetch(skipUrl(id), {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": csrf() },
      body: JSON.stringify({ reason }),
    });
    const answer = await response.json();
    if (id !== battleId) return;
    if (response.ok) leaveSkipped();
    else judgementRefused(id, answer);
  } catch {
    if (id === battleId) alertUser(words.not_skipped);
  } finally {
    setSkipping(false);
  }
}

function setSkipping(underway) {
  for (const button of $("skip").querySelectorAll("button")) button.disabled = underway;
}

function leaveSkipped() {
  clearAlert();
  compose({ push: true });
  replaceLine(); // whatever still streams on the old one ends with it
  say(words.skipped, 6000);
}

/* Words for people. */

let lineTimer = null;

function say(sentence, milliseconds) {
  clearTimeout(lineTimer);
  $("line").textContent = sentence;
  show($("line"), true);
  if (milliseconds) lineTimer = setTimeout(() => show($("line"), false), milliseconds);
}

function alertUser(sentence) {
  $("alert").textContent = sentence;
  show($("alert"), true);
  $("alert").scrollIntoView({ block: "nearest" });
}

function clearAlert() {
  show($("alert"), false);
  $("alert").textContent = "";
}

/* The switch of a narrow screen. */

let watcher = null;

function watchSides() {
  watcher?.disconnect();
  const visible = new Map();
  watcher = new IntersectionObserver((entries) => {
    for (const entry of entries) visible.set(entry.target.dataset.side, entry.intersectionRatio * entry.boundingClientRect.height);
    const [first] = [...visible].sort((one, two) => two[1] - one[1])[0];
    for (const button of $("switch").children) button.setAttribute("aria-pressed", String(button.dataset.side === first));
  }, { threshold: [0, 0.25, 0.5, 0.75, 1] });
  for (const pane of lastTurn().querySelectorAll(".pane")) watcher.observe(pane);
}

/* Beginning. */

$("open-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = $("prompt").value;
  openBattle(text, text === data.prompt?.text ? data.prompt.id : null);
});
$("ask-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = $("follow-up").value;
  if (!text.trim()) return alertUser(words.prompt_empty);
  $("follow-up").value = "";
  for (const id of ["apart", "why", "vote", "next-turn"]) show($(id), false);
  judgeAnew();
  request({ type: "ask", text });
});
for (const box of [$("prompt"), $("follow-up")]) {
  box.addEventListener("input", () => count(box));
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) box.form.requestSubmit();
  });
}
for (const box of $("why").querySelectorAll("textarea")) box.addEventListener("input", () => countComment(box));
$("surprise").addEventListener("click", surprise);
$("next-surprise").addEventListener("click", surprise);
$("share").addEventListener("click", shareBattle);
$("others").addEventListener("click", drawChips);
$("stop").addEventListener("click", () => {
  stopping = stopped = true;
  request({ type: "stop" });
  drawDock();
});
$("continue").addEventListener("click", () => {
  stopped = false;
  request({ type: "join", battle: battleId });
});
$("resend").addEventListener("click", sendKeptVotes);
for (const id of ["fresh", "next"]) $(id).addEventListener("click", () => compose({ push: true }));
for (const button of $("vote").querySelectorAll("button")) button.addEventListener("click", () => vote(button.dataset.outcome));
for (const button of $("skip").querySelectorAll("button")) button.addEventListener("click", () => skip(button.dataset.reason));
for (const button of $("switch").children) {
  button.addEventListener("click", () => lastTurn().querySelector(`[data-side=${button.dataset.side}]`).scrollIntoView({ behavior: PACE, block: "start" }));
}
document.addEventListener("keydown", (event) => {
  const writing = event.target.closest("textarea, input:not([type=radio], [type=checkbox]), select");
  if (writing || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  const outcome = KEYS[event.key.toLowerCase()];
  if (outcome) vote(outcome);
});
addEventListener("online", () => { replaceLine(); sendKeptVotes(); });
document.addEventListener("visibilitychange", () => document.hidden || wake());
setInterval(() => underway() && performance.now() - heard > SILENCE_MS && replaceLine(), 5000);
addEventListener("popstate", () => location.reload());

drawBank();
reveal = data.reveal;
if (battleId) show($("arena"), true);
else compose({ text: data.prompt?.text });
connect();
sendKeptVotes();
