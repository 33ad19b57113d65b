#!/usr/bin/env bash
# Makes the fonts of this folder from those of Debian's package fonts-noto-core (20201225-1):
# every letter of Tibetan, and of the Arabic script as far as living languages write it.
#
#     bash arena/static/arena/fonts/make.sh
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download fonts-noto-core
dpkg-deb -x fonts-noto-core_*.deb .
python3 -m venv tools
tools/bin/pip install --quiet fonttools==4.68.0 brotli==1.2.1

subset() { # source, target, what is kept
    tools/bin/pyftsubset "usr/share/fonts/truetype/noto/$1.ttf" --output-file="$here/$2.woff2" \
        --flavor=woff2 --layout-features='*' --notdef-outline "$3"
}

subset NotoSerifTibetan-Regular tibetan --unicodes=U+0F00-0FFF,U+0020,U+00A0,U+25CC
subset NotoSansArabic-Regular arabic --unicodes=U+0600-06FF,U+0750-077F,U+08A0-08FF,U+200C-200F,U+FD3E-FD3F,U+25CC
# The two languages' own names alone, for the language menu of every page.
subset NotoSerifTibetan-Regular tibetan-name --text=བོད་ཡིག
subset NotoSansArabic-Regular uyghur-name --text=ئۇيغۇرچە
