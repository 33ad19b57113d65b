"""The one way an action says no: a code for programs, a sentence for people, a status for HTTP."""


class Refused(Exception):
    """An action was refused; nothing was changed. `message` is translated and names no model."""

    def __init__(self, code: str, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = str(message)
        self.status = status
