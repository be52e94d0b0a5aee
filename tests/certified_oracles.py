"""Independent values for the certified process: mpmath at 50 digits in the plain coordinates, and closed forms."""

from __future__ import annotations

import mpmath as mp

DIGITS = 50


def extrapolated(rates, start, end, state, *, steps, columns):
    """Solve a differential equation by Gragg's midpoint rule with Bulirsch and Stoer's extrapolation."""
    length = (end - start) / steps
    counts = [2 * (j + 1) for j in range(columns)]
    for step in range(steps):
        t, rows = start + step * length, []
        first = rates(t, state)
        for j, count in enumerate(counts):
            h = length / count
            before, now = state, [a + h * b for a, b in zip(state, first, strict=True)]
            for i in range(1, count):
                flow = rates(t + i * h, now)
                before, now = now, [a + 2 * h * b for a, b in zip(before, flow, strict=True)]
            flow = rates(t + length, now)
            row = [[(a + b + h * c) / 2 for a, b, c in zip(before, now, flow, strict=True)]]
            for k in range(1, j + 1):
                share = (mp.mpf(count) / counts[j - k]) ** 2 - 1
                row.append([a + (a - b) / share for a, b in zip(row[-1], rows[-1][k - 1], strict=True)])
            rows.append(row)
        state = rows[-1][-1]
    return state


def product(a, b):
    return [
        [mp.fsum(x * y for x, y in zip(row, column, strict=True)) for column in zip(*b, strict=True)] for row in a
    ]


def plus(a, b, factor=1):
    return [[x + factor * y for x, y in zip(p, q, strict=True)] for p, q in zip(a, b, strict=True)]


def turned(a):
    return [list(row) for row in zip(*a, strict=True)]


def trace(a):
    return mp.fsum(a[i][i] for i in range(len(a)))


def inverse(a):
    """Return the inverse of a (2, 2) matrix by Cramer's rule."""
    (p, q), (r, s) = a
    det = p * s - q * r
    return [[s / det, -q / det], [-r / det, p / det]]


def entries(array):
    return [[mp.mpf(x) for x in row] for row in array]


def column(array):
    return [[mp.mpf(x)] for x in array]


class Plane:
    """A linear-Gaussian process in d = 2: ``e = A x + b + R S^{-1}(x - m) + c (S^{-1}(x - m) - V^{-1}(x - n))``."""

    def __init__(self, process, *, slope, offset, response, share, target):
        data = process.data
        self.mean, self.cov = column(data.mean), entries(data.cov)
        self.slope, self.offset, self.response = entries(slope), column(offset), entries(response)
        self.share = mp.mpf(share)
        self.target_mean, self.target_cov = column(target.mean), entries(target.cov)
        self.horizon, self.stop = mp.mpf(process.diffusion.horizon), mp.mpf(process.diffusion.stop)
        self.eye = [[mp.mpf(1), mp.mpf(0)], [mp.mpf(0), mp.mpf(1)]]

    def moved(self, mean, cov, t):
        keep = mp.exp(-t / 2)
        rest = -mp.expm1(-t)
        return [[keep * x for x in row] for row in mean], plus(
            [[keep**2 * x for x in row] for row in cov], self.eye, rest
        )

    def error(self, t):
        """Return the ideal marginal at t, its precision, and the error's slope and offset in x."""
        mean, cov = self.moved(self.mean, self.cov, t)
        other, spread = self.moved(self.target_mean, self.target_cov, t)
        precision, theirs = inverse(cov), inverse(spread)
        field = product(plus(self.response, self.eye, self.share), precision)
        slope = plus(plus(self.slope, field), theirs, -self.share)
        offset = plus(plus(self.offset, product(field, mean), -1), product(theirs, other), self.share)
        return mean, cov, precision, slope, offset

    def rates(self, s, state):
        """Return the rates of the learned mean and covariance, their tangents and all integrals, in reverse time."""
        mean, cov, precision, slope, offset = self.error(self.horizon - s)
        y, v = [[state[0]], [state[1]]], [state[2:4], state[4:6]]
        dy, dv = [[state[6]], [state[7]]], [state[8:10], state[10:12]]
        ideal_drift = plus([[x / 2 for x in row] for row in self.eye], precision, -1)
        drift = plus(ideal_drift, slope)
        pull = product(precision, mean)
        value, here = plus(product(slope, y), offset), plus(product(slope, mean), offset)
        flow = product(drift, v)
        # about the ideal process: mean and covariance of the error's first order
        tangent = plus(product(ideal_drift, dv), product(slope, cov))
        back = inverse(v)
        lost = plus(plus(slope, back), precision, -1)
        shift = plus(plus(offset, product(back, y), -1), pull)
        wrong = plus(product(lost, y), shift)
        integrals = [
            square(value) + trace(product(product(slope, v), turned(slope))),
            square(here) + trace(product(product(slope, cov), turned(slope))),
            2 * dot(here, product(slope, dy)) + trace(product(product(slope, dv), turned(slope))),
            (square(wrong) + trace(product(product(lost, v), turned(lost)))) / 2,
            *self.splits(slope, value, offset, mean, cov, y, v),
        ]
        return [
            *flat(plus(plus(product(drift, y), pull), offset)),
            *flat(plus(plus(flow, turned(flow)), self.eye)),
            *flat(plus(product(ideal_drift, dy), here)),
            *flat(plus(tangent, turned(tangent))),
            *integrals,
        ]

    def splits(self, slope, value, offset, mean, cov, y, v):
        """Return swirl energy and gradient energies; in the plane V Q + Q V = tr(V) Q for an antisymmetric Q."""
        learned, ideal = (self.rotation(slope, part) for part in (v, cov))
        back = inverse(v)
        gradient = plus(slope, product(learned, back), -1)
        along = plus(slope, product(ideal, inverse(cov)), -1)
        there = plus(plus(product(slope, mean), offset), product(along, plus(y, mean, -1)))
        return [
            trace(product(product(learned, back), turned(learned))),
            trace(product(product(gradient, v), gradient)) + square(value),
            trace(product(product(along, v), along)) + square(there),
        ]

    @staticmethod
    def rotation(slope, v):
        turn = product(product(v, plus(slope, turned(slope), -1)), v)
        return [[x / trace(v) for x in row] for row in turn]

    def learned(self, *, steps, columns):
        """Return everything that the moment equations give, by name."""
        mean, cov = self.moved(self.mean, self.cov, self.horizon)
        start = [*flat(mean), *flat(cov), *([mp.mpf(0)] * 13)]
        end = extrapolated(self.rates, mp.mpf(0), self.horizon - self.stop, start, steps=steps, columns=columns)
        names = (
            "learned_energy", "ideal_energy", "third", "slack_integral", "swirl_energy", "learned_gradient_energy",
            "ideal_gradient_energy",
        )  # fmt: skip
        found = dict(zip(names, end[12:], strict=True))
        y, v = [[end[0]], [end[1]]], [end[2:4], end[4:6]]
        dy, dv = [[end[6]], [end[7]]], [end[8:10], end[10:12]]
        mean, cov = self.moved(self.mean, self.cov, self.stop)
        delta, precision, back = plus(y, mean, -1), inverse(cov), inverse(v)
        volume = mp.log(det(v) / det(cov))
        spare = plus([[2 * x for x in row] for row in cov], v, -1)
        relative = product(precision, dv)
        found["kl"] = (trace(product(precision, v)) - 2 - volume + form(delta, precision)) / 2
        found["reverse_kl"] = (trace(product(back, cov)) - 2 + volume + form(delta, back)) / 2
        found["chi2"] = mp.expm1(form(delta, inverse(spare)) - mp.log(det(spare) * det(v) / det(cov) ** 2) / 2)
        found["observed_energy"] = form(dy, precision) + trace(product(relative, relative)) / 2
        second = product(precision, plus(plus(v, cov, -1), product(delta, turned(delta))))
        found["hammersley_affine"] = form(delta, precision)
        found["hammersley_quadratic"] = form(delta, precision) + trace(product(second, second)) / 2
        change = dot(dy, product(precision, delta)) + trace(product(relative, second)) / 2
        found["hammersley_observable"] = change**2 / found["observed_energy"]
        return found

    def log_moment(self, theta, kappa, *, steps, columns):
        """Return ``log E exp(kappa int |e|^2)`` under the drift error ``theta e``, by the Riccati equation."""

        def rates(t, state):
            mean, _, precision, slope, offset = self.error(t)
            matrix, vector = [state[:2], state[2:4]], [[state[4]], [state[5]]]
            drift = plus(plus([[x / 2 for x in row] for row in self.eye], precision, -1), slope, theta)
            shift = plus(product(precision, mean), offset, theta)
            flow = product(turned(drift), matrix)
            quadratic = plus(product(matrix, matrix), product(turned(slope), slope), 2 * kappa)
            linear = plus(product(turned(drift), vector), product(matrix, plus(shift, vector)))
            return [
                *flat(plus(plus(flow, turned(flow)), quadratic)),
                *flat(plus(linear, product(turned(slope), offset), 2 * kappa)),
                dot(vector, shift) + (trace(matrix) + square(vector)) / 2 + kappa * square(offset),
            ]

        end = extrapolated(rates, self.stop, self.horizon, [mp.mpf(0)] * 7, steps=steps, columns=columns)
        matrix, vector = [end[:2], end[2:4]], [[end[4]], [end[5]]]
        mean, cov = self.moved(self.mean, self.cov, self.horizon)
        precision = inverse(cov)
        weighed = plus(precision, matrix, -1)
        pulled = plus(vector, product(precision, mean))
        quadratic = form(pulled, inverse(weighed)) - form(mean, precision)
        return end[6] + (quadratic - mp.log(det(weighed) * det(cov))) / 2


def flat(a):
    return [x for row in a for x in row]


def dot(a, b):
    return mp.fsum(x * y for x, y in zip(flat(a), flat(b), strict=True))


def square(a):
    return dot(a, a)


def form(vector, matrix):
    return dot(vector, product(matrix, vector))


def det(a):
    return a[0][0] * a[1][1] - a[0][1] * a[1][0]


def constant_offset(variance, horizon, stop, offset):
    """Return every statistic of ``e = b`` on N(m, variance), d = 1 (elementary; see `theorems.instances.boxes`)."""
    variance, horizon, stop, offset = (mp.mpf(x) for x in (variance, horizon, stop, offset))
    span = horizon - stop
    late = variance * mp.exp(-stop) - mp.expm1(-stop)
    energy = offset**2 * span
    integral = mp.quad(lambda x: 1 / (x**2 + late - 1), mp.linspace(1, mp.exp(span / 2), 12))
    eta = 4 * late * integral**2 / span
    return {
        "ideal_energy": energy,
        "learned_energy": energy,
        "observability": eta,
        "observed_energy": eta * energy,
        "kl": eta * energy / 2,
        "reverse_kl": eta * energy / 2,
        "taylor_energy": energy**2 / 4,
        "chi2": mp.expm1(eta * energy),
        "path_chi2": mp.expm1(energy),
        "variation_square": energy**2,
        "taylor_square": mp.expm1(energy) - energy + energy**2 / 4,
        "martingale_remainder": mp.expm1(energy) - energy,
        "slack_integral": (1 - eta) * energy / 2,
        "learned_gradient_energy": energy,
        "ideal_gradient_energy": energy,
        # the endpoint is a shift, and u is linear
        "hammersley_observable": eta * energy,
        "hammersley_affine": eta * energy,
        "hammersley_quadratic": eta * energy + (eta * energy) ** 2 / 2,
        "donsker_varadhan": eta * energy / 2,
    }


def amplified_score(variance, horizon, stop, delta):
    """Return every statistic of ``e = delta grad log q_t`` on N(m, variance), d = 1."""
    variance, horizon, stop, delta = (mp.mpf(x) for x in (variance, horizon, stop, delta))
    length = mp.log((mp.exp(horizon) + variance - 1) / (mp.exp(stop) + variance - 1))
    rate = 1 + 2 * delta
    share = -mp.expm1(-rate * length) / rate
    change = -2 * delta * share
    ideal = delta**2 * length
    learned = delta**2 * (share + (length - share) / rate)
    # Riccati with constant coefficients in the clock `length`: P' = 2 delta^2 - 2 half P + P^2, roots half -+ root.
    half = mp.mpf(1) / 2 + 2 * delta
    root = mp.sqrt(half**2 - 2 * delta**2)
    slow, fast = mp.exp(-(half - root) * length), mp.exp(-(half + root) * length)
    weight = 2 / (half + root)
    gap = 1 - slow + (2 - weight) * delta**2 * (slow - fast) / (2 * root)
    observed = 2 * delta**2 * mp.expm1(-length) ** 2
    # stationary for the error 0: the covariance of |e|^2 decays like e^{-lag}
    variation = ideal**2 + 4 * delta**4 * (length + mp.expm1(-length))
    third = -2 * delta**3 * (length + mp.expm1(-length))
    path = 1 / mp.sqrt(1 - gap) - 1
    return {
        "ideal_energy": ideal,
        "learned_energy": learned,
        "kl": (change - mp.log1p(change)) / 2,
        "reverse_kl": (mp.log1p(change) - change / (1 + change)) / 2,
        "chi2": 1 / mp.sqrt(1 - change**2) - 1,
        "path_chi2": path,
        "observed_energy": observed,
        "variation_square": variation,
        "taylor_square": path - learned - third + variation / 4,
        "martingale_remainder": path + ideal - 2 * learned,
        "hammersley_observable": change**2 / 2,
        "hammersley_quadratic": change**2 / 2,
        "slack_integral": learned / 2 - (change - mp.log1p(change)) / 2,
    }
