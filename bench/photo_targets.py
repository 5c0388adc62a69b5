"""The photo model's targets, and its figures as text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from codec.system.executor import cores

Figures = dict[str, Any]
JPEG_XL, WEBP = "JPEG XL effort 7", "WebP method 6"


def _mean(figures: Figures, name: str) -> float:
    return float(figures["sizes"][name]["mean_bits_per_dimension"])


def _peer(figures: Figures, name: str, peer: str, what: str) -> Any:
    return figures["sizes"][name]["peers"][peer][what]


def _beyond(figures: Figures) -> float:
    return max(found["worst"]["bytes_per_stripe_beyond"] for found in figures["estimate"]["sets"].values())


def _rate(figures: Figures, way: str) -> float:
    row = next(row for row in figures["photos"] if row["main"])
    return float(row["contenders"][f"codec, {cores()} threads"][way]["millions_per_s"])


def _slowest(figures: Figures) -> float:
    return max(float(way["slowest_over_fastest"]) for way in figures["scaling"].values())


def _threads(figures: Figures) -> float:
    return min(float(way["one_thread_over_all"]) for way in figures["scaling"].values())


def _memory(figures: Figures) -> float:
    return max(float(figures["memory"][way]["peak"]) for way in ("encode", "decode"))


TARGETS: tuple[tuple[str, str, float, bool, Callable[[Figures], Any]], ...] = (  # what, unit, bound, whether more is better, measured
    ("files of val against JPEG XL effort 7, ratio of means", "", 0.92, False, lambda f: _peer(f, "val", JPEG_XL, "ratio_of_means")),
    ("files of val against JPEG XL effort 7, mean of ratios", "", 0.92, False, lambda f: _peer(f, "val", JPEG_XL, "mean_of_ratios")),
    ("pictures of val on which JPEG XL effort 7 is smaller", "", 0, False, lambda f: len(_peer(f, "val", JPEG_XL, "smaller_on"))),
    ("pictures of val on which WebP method 6 is smaller", "", 0, False, lambda f: len(_peer(f, "val", WEBP, "smaller_on"))),
    ("pictures of Kodak on which WebP method 6 is smaller", "", 0, False, lambda f: len(_peer(f, "kodak", WEBP, "smaller_on"))),
    ("files of Kodak, mean", "bits/dim", 2.84, False, lambda f: _mean(f, "kodak")),
    ("payload beyond the estimate + 0.3 %, worst picture", "bytes a stripe", 32.0, False, _beyond),
    ("quantisation against floats", "%", 0.5, False, lambda f: f["estimate"]["quantisation"]["cost_percent"]),
    ("what z saves on files of val", "%", 0.3, True, lambda f: f["estimate"]["ablation"]["sets"]["val"]["saves_percent"]),
    ("encode, 6 MPix, all cores", "MPix/s", 1.2, True, lambda f: _rate(f, "encode")),
    ("decode, 6 MPix, all cores", "MPix/s", 1.0, True, lambda f: _rate(f, "decode")),
    ("time a pixel, slowest over fastest of all sizes", "times", 1.25, False, _slowest),
    ("one thread over all cores", "times", 1.7, True, _threads),
    ("memory at 24 MPix", "MB", 600.0, False, _memory),
    ("compiling all kernels", "s", 20.0, False, lambda f: f["start"]["compile_seconds"]),
)


def targets(figures: Figures) -> list[dict[str, Any]]:
    """Every target with what was measured for it and whether it is met; None where it was not measured, or not on what it is for."""
    rows = []
    for what, unit, bound, more, find in TARGETS:
        try:
            value = find(figures)
        except (KeyError, TypeError):  # a part, a set or a peer is not among the figures
            value = None
        met = None if value is None or figures["quick"] else bool(value >= bound if more else value <= bound)
        rows.append({"what": what, "unit": unit, "target": bound, "measured": value, "met": met})
    return rows


def show(figures: Figures) -> None:
    """Print the figures as tables."""
    for name, found in figures.get("sizes", {}).items():
        print(f"\n{name}: {len(found['pictures'])} pictures, {found['mean_bits_per_dimension']:.4f} bits/dim")
        print("  parts: " + ", ".join(f"{part} {value:.5f}" for part, value in found["mean_parts"].items()))
        for peer, row in found["peers"].items():
            print(
                f"  {peer}: {row['mean_bits_per_dimension']:.4f} bits/dim; ratio of means {row['ratio_of_means']:.4f}, mean of ratios "
                f"{row['mean_of_ratios']:.4f}, worst {row['worst']['ratio']:.4f} ({row['worst']['name']}), "
                f"smaller on {', '.join(row['smaller_on']) or 'none'}"
            )
    if "estimate" in figures:
        _show_estimate(figures["estimate"])
    for part, ns in figures.get("parts", {}).items():
        print(f"{part:<20} {ns['ns']:9.1f} ns a pixel ({ns['ns_low']:.1f} to {ns['ns_high']:.1f})")
    for name in ("scaling", "start", "memory"):
        if name in figures:
            print(f"{name}: {figures[name]}")
    for row in figures["targets"]:
        unknown = "not measured" if row["measured"] is None else "not judged by few and small pictures"
        verdict = {None: unknown, True: "met", False: "MISSED"}[row["met"]]
        measured = f"{row['measured']:.5g} " if row["measured"] is not None else ""
        print(f"{row['what']}: {measured}{row['unit']}, target {row['target']}: {verdict}")
    if figures["missing_peers"]:
        print(f"not installed, not measured: {', '.join(figures['missing_peers'])}")


def _show_estimate(found: Figures) -> None:
    for name, row in found["sets"].items():
        print(
            f"{name}: estimate {row['mean_estimate']:.5f} bits/dim, payload {row['mean_payload']:.5f}, overhead "
            f"{row['mean_overhead_percent']:.4f} %, worst {row['worst']['bytes_per_stripe_beyond']:.1f} bytes a stripe beyond 0.3 %"
        )
    for name, some in found["particles"].items():
        for row in some["by_particles"]:
            print(
                f"{name}: {row['particles']:2} particles: IWAE {row['iwae']:.5f} bits/dim, payload {row['payload']:.5f}, "
                f"saves {row['payload_saves_percent']:.4f} %"
            )
    for name, row in found.get("ablation", {}).get("sets", {}).items():
        print(f"{name}: with z {row['with_z']:.5f} bits/dim, without {row['without_z']:.5f}: saves {row['saves_percent']:.3f} %")
    print(f"quantisation: {found['quantisation']}")
