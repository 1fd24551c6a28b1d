"""Logarithm, exponential and gamma function in arithmetic alone: a compiled loop works out many at once.

A library's function takes one number at a time and is no part of a loop. These are sums and products; accurate to some
1e-15 (relative; absolute for logarithms near 0).
"""

from __future__ import annotations

import math
import struct
from typing import Any

#: Below it the gamma function is worked out `SHIFT` further up and divided down.
STIRLING_FROM = 8.0
SHIFT = 8
_LOG_2 = 0.6931471805599453
#: log(2) with some last bits 0, and what that leaves.
_LOG_2_HIGH, _LOG_2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
HALF_LOG_2_PI = 0.9189385332046727
#: Bits of sqrt(1/2); of the float that holds whole numbers in its last bits, and that float.
_SQRT_HALF_BITS = 0x3FE6A09E667F3BCD
_WHOLE_BITS, _WHOLE = 0x4338000000000000, 6755399441055744.0
_LEAST_POWER, _MOST_POWER = -708.0, 709.0


def bits_of(value: float) -> int:
    """The bits of a float as a whole number."""
    return int(struct.unpack("<q", struct.pack("<d", value))[0])


def float_of(bits: int) -> float:
    """The float that has these bits."""
    return float(struct.unpack("<d", struct.pack("<q", (bits + (1 << 63)) % (1 << 64) - (1 << 63)))[0])


def root_of(value: float) -> float:
    """Square root of a number of 0 or more."""
    return math.sqrt(value)


def log_of(x: Any) -> Any:
    """Natural logarithm of a number of at least 2.3e-308: by the area hyperbolic tangent of the mantissa."""
    bits = bits_of(x)
    exponent = (bits - _SQRT_HALF_BITS) >> 52
    mantissa = float_of(bits - (exponent << 52))
    f = (mantissa - 1.0) / (mantissa + 1.0)
    s = f * f
    series = 1 / 21 * s + 1 / 19
    series = series * s + 1 / 17
    series = series * s + 1 / 15
    series = series * s + 1 / 13
    series = series * s + 1 / 11
    series = series * s + 1 / 9
    series = series * s + 1 / 7
    series = series * s + 1 / 5
    series = series * s + 1 / 3
    return (float_of(exponent + _WHOLE_BITS) - _WHOLE) * _LOG_2 + 2.0 * f * (1.0 + s * series)


def exp_of(x: Any) -> Any:
    """Exponential; what a float cannot hold becomes the least or largest that it can (3e-308, 8e307)."""
    x = _LEAST_POWER if x < _LEAST_POWER else x
    x = _MOST_POWER if x > _MOST_POWER else x
    shifted = x / _LOG_2 + _WHOLE
    whole = shifted - _WHOLE
    r = (x - whole * _LOG_2_HIGH) - whole * _LOG_2_LOW
    series = r * (1 / 6227020800) + 1 / 479001600
    series = series * r + 1 / 39916800
    series = series * r + 1 / 3628800
    series = series * r + 1 / 362880
    series = series * r + 1 / 40320
    series = series * r + 1 / 5040
    series = series * r + 1 / 720
    series = series * r + 1 / 120
    series = series * r + 1 / 24
    series = series * r + 1 / 6
    series = series * r + 0.5
    return (1.0 + (r + r * r * series)) * float_of((bits_of(shifted) - _WHOLE_BITS + 1023) << 52)


def stirling_rest(x: Any) -> Any:
    """log gamma(x) - [(x - 1/2) log x - x + log(2 pi) / 2], of x >= `STIRLING_FROM` (DLMF 5.11.1)."""
    part = 1.0 / x
    s = part * part
    series = 1 / 156 * s - 691 / 360360
    series = series * s + 1 / 1188
    series = series * s - 1 / 1680
    series = series * s + 1 / 1260
    series = series * s - 1 / 360
    return (series * s + 1 / 12) * part


def log_gamma_above(x: Any) -> Any:
    """Logarithm of the gamma function of x >= `STIRLING_FROM`."""
    return (x - 0.5) * log_of(x) - x + HALF_LOG_2_PI + stirling_rest(x)


def rising(x: Any) -> Any:
    """x (x + 1) ... (x + 7): what gamma(x + `SHIFT`) is divided by to give gamma(x)."""
    # Paired from both ends: x (x + 7) = q, (x + 1) (x + 6) = q + 6, and so on.
    q = x * (x + 7.0)
    return q * (q + 6.0) * ((q + 10.0) * (q + 12.0))


def log_gamma(x: Any) -> Any:
    """Logarithm of the gamma function of x > 0."""
    below = x < STIRLING_FROM
    return log_gamma_above(x + SHIFT if below else x) - log_of(rising(x) if below else 1.0)


def log_factorial_rest(x: Any) -> Any:
    """log gamma(x + 1) - (x log x - x) of x > 0: half the logarithm of 2 pi x, and little more."""
    below = x < STIRLING_FROM
    up = x + (SHIFT + 1.0) if below else x
    log_x = log_of(x)
    above = 0.5 * log_x + HALF_LOG_2_PI + stirling_rest(up)
    shifted = log_gamma_above(up) - log_of(rising(x + 1.0) if below else 1.0) - x * log_x + x
    return shifted if below else above
