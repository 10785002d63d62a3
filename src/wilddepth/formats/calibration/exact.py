"""Numbers in the units of a file, without losing a digit: what is written and read again is the same float.

A format may hold mm where we hold m, -f B where we hold B, or count pixels from another corner. Floats would round on
the way out and again on the way back; decimals do not. A float is taken for its shortest
decimal, the one that is printed.
"""

from decimal import Context, Decimal, DivisionByZero, InvalidOperation, Overflow

# The sum of two floats has at most some 650 digits; those of a calibration have twenty.
_CONTEXT = Context(prec=700, traps=[InvalidOperation, DivisionByZero, Overflow])


def decimal(value: float) -> Decimal:
    """The shortest decimal that is this float and no other."""
    return Decimal(repr(float(value)))


def written(value: Decimal) -> str:
    """All digits, without an exponent, which not every reader knows."""
    return f"{value:f}"


def added(a: Decimal, b: Decimal) -> Decimal:
    """a + b."""
    return _CONTEXT.add(a, b)


def product(a: Decimal, b: Decimal) -> Decimal:
    """a b."""
    return _CONTEXT.multiply(a, b)


def ratio(a: Decimal, b: Decimal) -> Decimal:
    """a / b, to some hundred digits; b is not zero."""
    return _CONTEXT.divide(a, b)
