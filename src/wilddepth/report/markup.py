"""HTML and SVG from elements: text is escaped and elements are closed because there is no other way to write them."""

from html import escape


class Markup(str):
    """Text that is markup already and is put in as it stands."""

    __slots__ = ()


VOID = frozenset({"img", "meta", "br"})
"""Elements that hold nothing and have no end tag."""


def element(tag: str, *children: str | None, **attributes: str | int | float | None) -> Markup:
    """One element.

    Args:
        tag: its name.
        children: `Markup` is put in as it is, other text is escaped, None is left out.
        attributes: escaped; None leaves one out. `class_` stands for `class`, `text_anchor` for `text-anchor`.
    """
    start = "".join(f' {_name(key)}="{escape(_text(value))}"' for key, value in attributes.items() if value is not None)
    if tag in VOID:
        return Markup(f"<{tag}{start}>")
    return Markup(f"<{tag}{start}>{joined(*children)}</{tag}>")


def joined(*children: str | None) -> Markup:
    """Children one after the other, text escaped."""
    return Markup("".join(child if isinstance(child, Markup) else escape(child) for child in children if child))


def _name(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def _text(value: str | int | float) -> str:
    """Lengths in a drawing need no more than a hundredth."""
    return value if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")
