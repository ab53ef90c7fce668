"""Ready JSON text inside a GraphQL answer."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Raw:
    """Histories as ready JSON text, put into the answer in place of marks.

    So a page of runs costs hardly more than copying its bytes.
    """

    texts: dict[str, str] = field(default_factory=dict)

    def mark(self, text: str) -> str:
        """A stand-in for `text` in the answer."""
        name = f"@@raw{len(self.texts)}@@"
        self.texts[name] = text
        return name

    def fill(self, answer: str) -> str:
        """The answer with every mark replaced."""
        if not self.texts:
            return answer
        pieces = answer.split('"@@')
        out = [pieces[0]]
        for piece in pieces[1:]:
            name, _, rest = piece.partition('"')
            out += [self.texts["@@" + name], rest]
        return "".join(out)
