"""Euler-Maruyama samplers side by side: this package, NumPy, JAX, diffrax and torch, in one run, interleaved.

    python benchmarks/bench_samplers.py [--rounds 5] [--threads 2] [--json FILE]

Rates are medians in million path-steps per second, in float64. Peers that are not
installed are left out. The limit is what one gets from the time of the random numbers alone plus that of the
arithmetic alone, both with the kernels of this package.

W1: five components in d = 10, one isotropic covariance, constant offset, 500 steps.
W2: the same with full covariances, one a component.
W3: one Gaussian in d = 2, affine error, one million paths, 200 steps.
"""

import argparse
import json
import platform
import statistics
import time
import types
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numba import njit

import gausscollapse as gc
from gausscollapse.core import random_kernels as streams
from gausscollapse.sampling import _sampler_kernels as kernels
from gausscollapse.sampling._blocks import aligned
from gausscollapse.sampling._law_tables import law_tables
from gausscollapse.sampling._program import build
from gausscollapse.sampling.grids import time_grid
from gausscollapse.sampling.schemes import scheme_steps

DIFFUSION = gc.OrnsteinUhlenbeck(4.0, 0.02)
CHUNK = 2048


def workloads():
    means = np.zeros((5, 10))
    means[1:, :2] = [[4, 4], [4, -4], [-4, 4], [-4, -4]]
    rng = np.random.default_rng(0)
    factors = rng.standard_normal((5, 10, 10))
    full = 0.03 * factors @ np.swapaxes(factors, 1, 2) + 0.2 * np.eye(10)
    weights = np.full(5, 0.2)
    offset = gc.AffineError(np.zeros((10, 10)), np.full(10, 0.1))
    plane = gc.Gaussian([0.3, -0.2], [[1.0, 0.3], [0.3, 0.5]])
    affine = gc.AffineError([[0.1, 0.05], [-0.2, 0.1]], [0.1, 0.2])
    return {
        "W1": (gc.ReverseProcess(gc.GaussianMixture(weights, means, 0.36 * np.eye(10)), DIFFUSION, offset), 500),
        "W2": (gc.ReverseProcess(gc.GaussianMixture(weights, means, full), DIFFUSION, offset), 500),
        "W3": (gc.ReverseProcess(plane, DIFFUSION, affine), 200),
    }


# Paths of this package, and of the peers, which take long.
SIZES = {"W1": (102400, 25600), "W2": (51200, 25600), "W3": (1_000_000, 1_000_000)}


class Tables:
    """Coefficients of one workload at every step, for the peers."""

    def __init__(self, process, steps):
        times = time_grid(process.diffusion, steps)
        self.h, starts = float(times[0] - times[1]), times[:-1]
        law = law_tables(process.data, starts)
        self.steps, self.d, self.count = steps, process.dim, law.weights.size
        self.precisions = np.ascontiguousarray(law.precisions)
        self.full = not law.shared
        self.error, self.offset = process.error.matrix, process.error.offset
        self.pulled = np.einsum(
            "skij,skj->ski", np.broadcast_to(law.precisions, (*law.means.shape, self.d)), law.means
        )
        log_dets = law.log_dets if self.full else np.zeros((steps, 1))
        self.constants = np.log(law.weights) - 0.5 * (log_dets + np.sum(self.pulled * law.means, axis=2))
        start = process.diffusion.marginal(process.data, process.diffusion.horizon)
        self.start = start


def numpy_sampler(tables):
    h, root, d, count = tables.h, np.sqrt(tables.h), tables.d, tables.count
    linear = np.eye(d) * (1 + h / 2) + h * tables.error
    if not tables.full:
        matrices = [np.ascontiguousarray((linear - h * p[0]).T) for p in tables.precisions]
    stacked = [np.ascontiguousarray(p.reshape(-1, d).T) for p in tables.precisions] if tables.full else None

    def run(n, seed):
        rng = np.random.Generator(np.random.SFC64(seed))
        out = np.empty((n, d))
        for first in range(0, n, CHUNK):
            size = min(CHUNK, n - first)
            x = tables.start.sample(size, rng)
            z = np.empty((size, d))
            for k in range(tables.steps):
                rng.standard_normal(out=z)
                z *= root
                if tables.full:
                    g = (x @ stacked[k]).reshape(size, count, d)
                    pulled = tables.pulled[k]
                    logits = -0.5 * np.einsum("nkd,nd->nk", g, x)
                    logits += x @ pulled.T
                    logits += tables.constants[k]
                    logits -= logits.max(axis=1, keepdims=True)
                    np.exp(logits, out=logits)
                    logits /= logits.sum(axis=1, keepdims=True)
                    score = logits @ pulled - np.einsum("nk,nkd->nd", logits, g)
                    z += x @ linear.T
                    z += h * (score + tables.offset)
                else:
                    z += x @ matrices[k]
                    if count > 1:
                        logits = x @ tables.pulled[k].T
                        logits += tables.constants[k]
                        logits -= logits.max(axis=1, keepdims=True)
                        np.exp(logits, out=logits)
                        logits /= logits.sum(axis=1, keepdims=True)
                        z += logits @ (h * tables.pulled[k])
                        z += h * tables.offset
                    else:
                        z += h * (tables.offset + tables.pulled[k, 0])
                x, z = z, x
            out[first : first + size] = x
        return out

    return run


def drift_of(xp, tables, precisions, pulled, constants, error, offset):
    """Return the drift as a function of (x, tables at one step), in the arrays of a library."""

    def drift(x, precision, pull, constant):
        linear = 0.5 * x + x @ error.T + offset
        if tables.count == 1:
            return linear - x @ precision[0] + pull[0]
        if tables.full:
            g = xp.einsum("nd,kde->nke", x, precision)
            logits = constant + x @ pull.T - 0.5 * xp.einsum("nke,ne->nk", g, x)
        else:
            logits = constant + x @ pull.T
        top = logits.max(-1, keepdims=True) if xp.__name__ != "torch" else logits.amax(-1, keepdim=True)
        weights = xp.exp(logits - top)
        weights = weights / (
            weights.sum(-1, keepdims=True) if xp.__name__ != "torch" else weights.sum(-1, keepdim=True)
        )
        if tables.full:
            return linear + weights @ pull - xp.einsum("nk,nke->ne", weights, g)
        return linear + weights @ pull - x @ precision[0]

    return drift


def jax_samplers(tables):
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    arrays = [jnp.asarray(a) for a in (tables.precisions, tables.pulled, tables.constants)]
    drift = drift_of(jnp, tables, *arrays, jnp.asarray(tables.error), jnp.asarray(tables.offset))
    h = tables.h

    @jax.jit
    def scan(x, key):
        def step(state, coefficients):
            y, key = state
            key, here = jax.random.split(key)
            z = jax.random.normal(here, y.shape, dtype=y.dtype)
            return (y + h * drift(y, *coefficients) + jnp.sqrt(h) * z, key), None

        return jax.lax.scan(step, (x, key), tuple(arrays))[0][0]

    def run(n, seed):
        x = jnp.asarray(tables.start.sample(n, seed))
        return scan(x, jax.random.key(seed)).block_until_ready()

    found = {"JAX": run}
    try:
        import diffrax
        import lineax

        @jax.jit
        def solve(x, key):
            def field(t, y, args):
                k = jnp.round(t / h).astype(int)
                return drift(y, *(a[k] for a in arrays))

            noise = diffrax.UnsafeBrownianPath(
                shape=jax.ShapeDtypeStruct(x.shape, x.dtype), key=key, levy_area=diffrax.BrownianIncrement
            )
            terms = diffrax.MultiTerm(
                diffrax.ODETerm(field),
                diffrax.ControlTerm(lambda t, y, args: lineax.DiagonalLinearOperator(jnp.ones_like(y)), noise),
            )
            return diffrax.diffeqsolve(
                terms, diffrax.Euler(), 0.0, h * tables.steps, h, x, max_steps=tables.steps + 8,
                adjoint=diffrax.ForwardMode(),
            ).ys[-1]  # fmt: skip

        def run_diffrax(n, seed):
            x = jnp.asarray(tables.start.sample(n, seed))
            return solve(x, jax.random.key(seed)).block_until_ready()

        run_diffrax(64, 0)
        found["diffrax"] = run_diffrax
    except ImportError:
        pass
    return found


def torch_sampler(tables, threads):
    import torch

    torch.set_num_threads(threads)
    arrays = [torch.as_tensor(a) for a in (tables.precisions, tables.pulled, tables.constants)]
    drift = drift_of(torch, tables, *arrays, torch.as_tensor(tables.error), torch.as_tensor(tables.offset))
    root = float(np.sqrt(tables.h))

    def run(n, seed):
        generator = torch.Generator().manual_seed(seed)
        x = torch.as_tensor(tables.start.sample(n, seed))
        with torch.no_grad():
            for coefficients in zip(*arrays, strict=True):
                z = torch.randn(x.shape, generator=generator, dtype=x.dtype)
                x = x + tables.h * drift(x, *coefficients) + root * z
        return x

    return run


@njit(**streams.OPTIONS)
def no_normals(w, state, z, d, spare, step):
    return


@njit(**streams.OPTIONS)
def only_normals(blocks, steps, d, work, state):
    streams.seed_block(np.uint64(1), np.uint64(0), np.uint64(0), state)
    for _ in range(blocks):
        for step in range(steps):
            kernels.normals(work, state, d, d, 2 * d, step)


def arithmetic_kernel():
    names = {**vars(kernels), "normals": no_normals}
    code = kernels.advance.py_func.__code__
    advance = njit(inline="always", **streams.OPTIONS)(types.FunctionType(code, names, "advance"))

    @njit(**streams.OPTIONS)
    def only_arithmetic(blocks, d, rows, plan, layout, table, work, state):
        for _ in range(blocks):
            x, z = 0, rows
            for n in range(kernels.BLOCK * rows):
                work[n] = 0.1
            for step in range(table.shape[0]):
                advance(work, state, d, step, x, z, plan, layout, table[step], False)
                # The rows of noise are the old states: harmless numbers.
                x, z = z, x

    return only_arithmetic


def limits(process, steps, threads, arithmetic):
    program = build(process, scheme_steps(time_grid(process.diffusion, steps)), learned=True, record=False)

    def scratch():
        return aligned((program.total_rows * kernels.BLOCK,), np.float64), aligned(
            (streams.STREAM_ROWS * kernels.BLOCK,), np.uint64
        )

    def on_threads(job):
        def run(n, seed):
            blocks = n // kernels.BLOCK // threads
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(lambda _: job(blocks, *scratch()), range(threads)))

        return run

    d, rows = program.dim, program.rows
    return {
        "random numbers": on_threads(lambda b, w, s: only_normals(b, steps, d, w, s)),
        "arithmetic": on_threads(
            lambda b, w, s: arithmetic(b, d, rows, program.plan, program.layout, program.table, w, s)
        ),
    }


def processor():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            names = {line.split(":")[0].strip(): line.split(":")[1].strip() for line in lines if ":" in line}
    except OSError:
        return platform.processor()
    return f"{names.get('model name')} (family {names.get('cpu family')}, model {names.get('model')})"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json")
    arguments = parser.parse_args()
    arithmetic = arithmetic_kernel()
    report = {"processor": processor(), "threads": arguments.threads, "rounds": arguments.rounds, "rates": {}}
    for name, (process, steps) in workloads().items():
        tables = Tables(process, steps)
        ours, theirs = SIZES[name]
        jobs = {
            "gausscollapse": (
                ours,
                lambda n, seed, p=process, s=steps: gc.simulate(
                    p, n, s, seed, reduce=False, threads=arguments.threads
                ),
            ),
            "NumPy": (theirs, numpy_sampler(tables)),
        }
        if name == "W1":
            jobs["gausscollapse, reduced"] = (
                ours, lambda n, seed, p=process, s=steps: gc.simulate(p, n, s, seed, threads=arguments.threads)
            )  # fmt: skip
        jobs["gausscollapse, functionals"] = (
            ours,
            lambda n, seed, p=process, s=steps: gc.simulate(
                p, n, s, seed, reduce=False, functionals=True, threads=arguments.threads
            ),
        )
        for peers in (
            lambda t=tables: jax_samplers(t),
            lambda t=tables: {"torch": torch_sampler(t, arguments.threads)},
        ):
            try:
                jobs.update({peer: (theirs, run) for peer, run in peers().items()})
            except ImportError:
                continue
        jobs.update({key: (ours, run) for key, run in limits(process, steps, arguments.threads, arithmetic).items()})
        rates = {key: [] for key in jobs}
        for n, run in jobs.values():
            run(n, 0)
        for turn in range(arguments.rounds):
            for key, (n, run) in jobs.items():
                start = time.perf_counter()
                run(n, turn + 1)
                rates[key].append(n * steps / (time.perf_counter() - start) / 1e6)
        medians = {key: statistics.median(values) for key, values in rates.items()}
        medians["limit"] = 1.0 / (1.0 / medians["random numbers"] + 1.0 / medians["arithmetic"])
        report["rates"][name] = medians
        print(f"\n{name} on {report['processor']}, {arguments.threads} threads: million path-steps per second")
        print("| sampler | rate | gausscollapse is faster by | share of the limit |\n|---|---|---|---|")
        for key, rate in medians.items():
            print(f"| {key} | {rate:.1f} | {medians['gausscollapse'] / rate:.2f} | {rate / medians['limit']:.2f} |")
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump(report, file, indent=1)


if __name__ == "__main__":
    main()
