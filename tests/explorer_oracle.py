"""What the explorer computes, computed here: its random numbers, its errors, and the laws by `retrain`."""

import math

import numpy as np

import gausscollapse as gc
from gausscollapse.lab import presets
from gausscollapse.lab.trajectory_scenario import read_retraining


def mulberry32(seed):
    """Yield the uniform numbers of the generator of that name, in integers of Python."""
    state, mask = seed & 0xFFFFFFFF, 0xFFFFFFFF
    while True:
        state = (state + 0x6D2B79F5) & mask
        mixed = ((state ^ (state >> 15)) * (state | 1)) & mask
        mixed ^= (mixed + (((mixed ^ (mixed >> 7)) * (mixed | 61)) & mask)) & mask
        yield (mixed ^ (mixed >> 14)) / 2**32


def data_of(settings):
    if settings["law"] == "correlated":
        return read_retraining(presets.document("fresh-data-saves")).data
    if settings["law"] == "modes":
        return read_retraining(presets.document("early-stopping")).data
    dim = settings["dimension"]
    return gc.Gaussian(np.zeros(dim), np.eye(dim))


def offsets(settings, data):
    """Return the offset of every generation: turned by the angle, in a drawn sense, in the frame of the data."""
    draw, angle, dim = mulberry32(2 * settings["seed"]), math.radians(settings["angle"]), settings["dimension"]
    root = np.linalg.cholesky(data.cov) if settings["law"] == "correlated" else np.eye(dim)
    preset = np.array([0.1, 0.05]) if settings["law"] == "correlated" else np.eye(dim)[0]
    first = np.linalg.solve(root, preset)
    first *= settings["error"] / np.linalg.norm(first)
    turn, found = 0.0, []
    for i in range(settings["generations"]):
        if i > 0:
            u = next(draw)
            if dim == 2:
                turn += angle if u < 0.5 else -angle
            elif u < (1.0 - math.cos(angle)) / 2.0:
                turn += math.pi
        c, s = math.cos(turn), math.sin(turn)
        turned = np.array([c * first[0]]) if dim == 1 else np.array([[c, -s], [s, c]]) @ first
        found.append(root @ turned)
    return found


def channels(settings, data):
    dim, scale, turn = settings["dimension"], settings["scale"], settings["turn"]
    matrix = np.array([[scale, turn], [-turn, scale]])[:dim, :dim]
    spread = np.diag(data.cov) if settings["law"] == "correlated" else np.ones(dim)
    noise = settings["noise"] * np.diag(spread)
    return [gc.AffineChannel(matrix, offset, noise) for offset in offsets(settings, data)]


def trajectory(settings):
    """Return the exact run of the settings, by replacement and without samples."""
    data = data_of(settings)
    return gc.retrain(
        data, fresh=settings["fresh"], step=channels(settings, data), generations=settings["generations"]
    )


def mixed(weights, laws):
    """Return a mixture of laws; components that are equal but for rounding are one."""
    used = [(law, weight) for law, weight in zip(laws, weights, strict=True) if weight > 0.0]
    shares = np.concatenate([weight * law.weights for law, weight in used])
    means = np.concatenate([law.means for law, _ in used])
    covs = np.concatenate([law.covs for law, _ in used])
    rows = np.concatenate([means, covs.reshape(len(covs), -1)], axis=1).round(13)
    _, first, which = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    return gc.GaussianMixture(np.bincount(which.ravel(), weights=shares), means[first], covs[first])


def accumulated(settings):
    """Return D of every generation that is trained on the data and all models before it, in equal shares."""
    data = data_of(settings)
    models = [data]
    for channel in channels(settings, data):
        models.append(channel.apply(mixed(np.full(len(models), 1.0 / len(models)), models)))
    return np.array([gc.chi2(model, data).value for model in models])


def sampled(settings):
    """Return D along the sample path of the settings: one Gaussian fitted to the draws of the page's generator."""
    data, dim = data_of(settings), settings["dimension"]
    draw = mulberry32(2 * settings["seed"] + 1)
    root = np.linalg.cholesky(data.cov)
    models = [data]
    for channel in channels(settings, data):
        if settings["workflow"] == "replace":
            weights, laws = [settings["fresh"], 1.0 - settings["fresh"]], [data, models[-1]]
        else:
            weights, laws = np.full(len(models), 1.0 / len(models)), models
        # A law that is named twice is one part, where it was named first.
        merged = {id(law): 0.0 for law in laws}
        for law, weight in zip(laws, weights, strict=True):
            merged[id(law)] += weight
        parts = [(law, merged[id(law)]) for law in dict.fromkeys(laws) if merged[id(law)] > 0.0]
        points = []
        for _ in range(settings["samples"]):
            left, chosen = next(draw), parts[-1][0]
            for law, weight in parts:
                left -= weight
                if left < 0.0:
                    chosen = law
                    break
            radius, angle = math.sqrt(-2.0 * math.log(1.0 - next(draw))), 2.0 * math.pi * next(draw)
            normal = radius * np.array([math.cos(angle), math.sin(angle)])[:dim]
            inside = np.linalg.solve(root, chosen.mean)
            inner = np.linalg.solve(root, np.linalg.solve(root, chosen.cov).T)
            points.append(inside + np.linalg.cholesky(inner) @ normal)
        points = np.array(points)
        mean, off = points.mean(axis=0), points - points.mean(axis=0)
        fitted = gc.Gaussian(root @ mean, root @ (off.T @ off / len(points)) @ root.T)
        models.append(channel.apply(fitted))
    return np.array([gc.chi2(model, data).value for model in models])
