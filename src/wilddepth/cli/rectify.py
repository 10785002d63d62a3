"""Make rectified pairs of distorted or unrectified ones, by their calibration.

DIR gets left/, right/ and a calib.txt that every other verb reads. Calibrations of OpenCV, ROS, Kalibr, KITTI
(calib_cam_to_cam.txt) and EuRoC are read. The row misalignment before and after is measured and reported.

  wilddepth rectify ./pairs --calib stereo.yaml --unit mm --out ./rectified
  wilddepth rectify ./pairs --calib cam0/sensor.yaml --calib cam1/sensor.yaml --out ./rectified
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from wilddepth.cli.common import FolderOptions, ScreenOptions, SourceOptions, planned
from wilddepth.cli.screen import finish, progress, say
from wilddepth.errors import ConfigError
from wilddepth.plain import Pattern, Range, dump_yaml


@dataclass(frozen=True, kw_only=True)
class Options(SourceOptions, FolderOptions, ScreenOptions):
    """How it is rectified.

    Attributes:
        calib: the calibration of both cameras; given twice, of the left and the right one. An EuRoC recording has its
            own.
        alpha: 0 keeps only what both cameras see, so that nothing is black; 1 keeps everything; or between.
        size: rows x columns of the pictures made, e.g. 480x752; those of the source if not given.
        unit: of lengths in a calibration that does not state it (OpenCV's is that of the calibration board).
    """

    calib: Annotated[tuple[Path, ...], "FILE"] = ()
    alpha: Annotated[float, "A", Range(0, 1)] = 0.0
    size: Annotated[str | None, "HxW", Pattern(r"\d+x\d+", "rows x columns, e.g. 480x752")] = None
    unit: Literal["m", "cm", "mm"] = "m"

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.calib) > 2:
            raise ConfigError(
                f"--calib was given {len(self.calib)} times; give one file, or the left and the right one"
            )


def run(options: Options) -> None:
    """Rectify, and say how far rows were and are apart."""
    if options.dry_run:
        say(dump_yaml(planned("rectify", options, **_rig(options))))
        return
    from wilddepth.verbs.rectify import rectify

    result = rectify(
        options.source,
        calib=options.calib,
        out=options.out,
        alpha=options.alpha,
        size=_size(options),
        unit=options.unit,
        layout=options.layout,
        split=options.split,
        limit=options.limit,
        overwrite=options.overwrite,
        resume=options.resume,
        say=progress(options),
    )
    finish(options, result, _ending(options, result))


def _size(options: Options) -> tuple[int, int] | None:
    if options.size is None:
        return None
    height, width = options.size.split("x")
    return int(height), int(width)


def _rig(options: Options) -> Mapping[str, Any]:
    """What is known before the work: the rig as read, the pictures to be made."""
    from wilddepth.verbs.rectify_plan import look

    plan = look(
        options.source,
        calib=options.calib,
        alpha=options.alpha,
        size=_size(options),
        unit=options.unit,
        layout=options.layout,
        split=options.split,
        limit=options.limit,
    )
    made = {"height": plan.decided.height, "width": plan.decided.width, "focal_px": plan.pair.focal_x}
    return {
        "calib": [str(path) for path in plan.calibrations],
        "baseline_m": plan.pair.baseline_m,
        "made": made,
    }


def _ending(options: Options, result: Mapping[str, Any]) -> str:
    before, after = result["rows_before"], result["rows_after"]
    skipped = f", {result['skipped']} were there" if result["skipped"] else ""
    measured = (
        f"rows apart: {before['median']:.2f} px before, {after['median']:.2f} px after (median; 95 % within "
        f"{after['p95']:.2f} px; {after['features']} features of {result['pairs_measured']} pairs)"
    )
    return "\n".join(
        [
            *([measured] if after["features"] else []),
            *(f"warning: {text}" for text in result["warnings"]),
            f"{result['pairs']} pairs rectified{skipped}, baseline {result['baseline_m']:.4f} m; they are in "
            f"{options.out}",
        ]
    )
