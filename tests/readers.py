"""Everything that reads a file of the user's: small valid files for it, and a call that looks at what it gives."""

import json
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import torch
from PIL import Image
from safetensors.torch import save as safetensors_bytes

from wilddepth.data.layouts import cityscapes, drivingstereo, photos
from wilddepth.data.layouts.loading import load_sample
from wilddepth.engine.checkpoint import load_tensors, steps_done
from wilddepth.engine.convert import converted
from wilddepth.engine.public import read_public
from wilddepth.engine.run import RunFolder
from wilddepth.engine.weights import check_tensors, described_network
from wilddepth.errors import WeightsError, WildDepthError
from wilddepth.formats import array, pfm
from wilddepth.formats.calibration import colmap, eth3d, euroc, kalibr, matrix_text, transforms
from wilddepth.formats.calibration import opencv as opencv_yaml
from wilddepth.formats.calibration.camera_model import CameraModel
from wilddepth.formats.calibration.detect import detect, read_calibration, read_camera, read_rig
from wilddepth.formats.calibration.rig import StereoRig
from wilddepth.formats.depth_map import read_kitti_depth, read_millimetres
from wilddepth.formats.disparity_png import read_kitti_disparity, read_scaled_disparity
from wilddepth.formats.image import encoded_png, image_size, read_image
from wilddepth.formats.oxts import read_place
from wilddepth.formats.trajectory import read_clock_times, read_poses, read_timed_poses, read_times
from wilddepth.proxies.algorithm import algorithm
from wilddepth.proxies.fusion import Fused
from wilddepth.proxies.store import LabelStore
from wilddepth.recipe import Recipe, read
from wilddepth.sources.clip import VideoClip
from wilddepth.sources.folder import folder_source
from wilddepth.sources.open import open_source

Seeds = Sequence[tuple[str, bytes]]
"""Ending and content of valid files."""


@dataclass(frozen=True)
class Reader:
    """What is tried.

    Attributes:
        seeds: makes the valid files.
        look: reads one file and looks at what it gives.
    """

    seeds: Callable[[], Seeds]
    look: Callable[[Path], object]


def noise(channels: int = 3, bits: int = 8, height: int = 20, width: int = 28) -> np.ndarray:
    values = np.random.default_rng(channels + bits).integers(0, 2**bits, (height, width, channels))
    return values.astype(np.uint8 if bits == 8 else np.uint16).squeeze()


def pillow(kind: str, mode: str = "RGB", frames: int = 1, **options: object) -> bytes:
    file = BytesIO()
    picture = Image.fromarray(noise()).convert(mode)
    more = {"save_all": True, "append_images": [picture.rotate(90 * turn) for turn in range(1, frames)]}
    picture.save(file, kind, **options, **(more if frames > 1 else {}))
    return file.getvalue()


def opencv(suffix: str, pixels: np.ndarray, *options: int) -> bytes:
    return cv2.imencode(suffix, pixels, options)[1].tobytes()


def pictures() -> Seeds:
    turned = Image.Exif()
    turned[0x112] = 6
    return [
        *((".png", pillow("PNG", mode)) for mode in ("1", "L", "LA", "P", "RGB", "RGBA")),
        (".png", encoded_png(noise(3, 16))),
        (".png", opencv(".png", noise(4, 16))),
        (".png", pillow("PNG", frames=2)),
        *((".jpg", pillow("JPEG", mode)) for mode in ("L", "RGB", "CMYK")),
        (".jpg", pillow("JPEG", progressive=True, exif=turned)),
        *((".bmp", pillow("BMP", mode)) for mode in ("1", "L", "P", "RGB")),
        (".ppm", pillow("PPM")),
        (".pgm", pillow("PPM", "L")),
        (".pgm", b"P2\n# by hand\n4 3\n255\n" + b" ".join(b"%d" % value for value in range(12)) + b"\n"),
        *((".tif", pillow("TIFF", compression=name)) for name in (None, "tiff_lzw", "tiff_adobe_deflate", "jpeg")),
        (".tif", pillow("TIFF", frames=2)),
        (".tif", opencv(".tif", noise(3, 16))),
        (".tif", pillow("TIFF", exif=turned)),
        *((".png", pillow(kind)) for kind in ("GIF", "WEBP", "JPEG2000", "AVIF")),
    ]


def look_at_picture(path: Path) -> None:
    stated = image_size(path)
    pixels = read_image(path)
    assert pixels.shape == (*stated, 3)
    assert pixels.dtype == np.uint8


def disparity_pngs() -> Seeds:
    return [(".png", encoded_png(noise(1, bits))) for bits in (8, 16)]


def look_at_disparity_png(path: Path) -> None:
    errors = []
    for reader in (read_kitti_disparity, lambda path: read_scaled_disparity(path, 4.0)):
        try:
            assert reader(path).dtype == np.float32
        except WildDepthError as error:
            errors.append(error)
    if len(errors) == 2:
        raise errors[0]


def pfms() -> Seeds:
    grey, colour = (np.linspace(-3, 90, 60 * n, dtype=np.float32) for n in (1, 3))
    return [
        (".pfm", b"Pf\n10 6\n-1\n" + grey.astype("<f4").tobytes()),
        (".pfm", b"Pf\r\n10 6\r\n1.0\r\n" + grey.astype(">f4").tobytes()),
        (".pfm", b"PF\n10 6\n-0.5\n" + colour.astype("<f4").tobytes()),
    ]


def look_at_map(reader: Callable[[Path], np.ndarray]) -> Callable[[Path], object]:
    def look(path: Path) -> None:
        values = reader(path)
        assert values.ndim == 2
        assert values.dtype == np.float32
        assert not np.isinf(values).any()

    return look


def npys() -> Seeds:
    found = []
    for kind in ("<f4", ">f8", "<u2", "<i8", "<c8", "<U3"):
        file = BytesIO()
        np.save(file, np.ones((6, 10)).astype(kind))
        found.append((".npy", file.getvalue()))
    return found


def npzs() -> Seeds:
    found = []
    for save in (np.savez, np.savez_compressed):
        for arrays in ({"a": np.ones((6, 10))}, {"a": np.ones((6, 10)), "b": np.zeros(3)}):
            file = BytesIO()
            save(file, **arrays)
            found.append((".npz", file.getvalue()))
    return found


CALIBRATIONS = (
    "cam0=[1948.17 0 532.418; 0 1948.17 488.228; 0 0 1]\ncam1=[1948.17 0 614.35; 0 1948.17 488.228; 0 0 1]\n"
    "doffs=81.932\nbaseline=173.557\nwidth=1426\nheight=976\nndisp=125\n",
    "P0: 700 0 600 0 0 700 180 0 0 0 1 0\nP1: 700 0 600 -378 0 700 180 0 0 0 1 0\n"
    "P2: 700 0 600 45 0 700 180 -0.3 0 0 1 0.005\nP3: 700 0 600 -333 0 700 180 2.3 0 0 1 0.003\n",
    "S_rect_02: 1.242e+03 3.75e+02\nP_rect_02: 721 0 609 44.85 0 721 172 0.21 0 0 1 0.002\n"
    "P_rect_03: 721 0 609 -339.5 0 721 172 2.19 0 0 1 0.002\n",
    "roi: 26 1369 70 441\nP1_roi: 645.24 0 635.95 0 0 645.24 194.12 0 0 0 1 0\n"
    "P2_roi: 645.24 0 635.95 -368.26 0 645.24 194.12 0 0 0 1 0\n",
)


def calibrations() -> Seeds:
    return [(".txt", text.encode()) for text in CALIBRATIONS]


def look_at_calibration(path: Path) -> None:
    eth3d.recognises(path)
    rig = read_calibration(path)
    assert rig.baseline_m > 0
    assert np.isfinite([rig.focal_x, rig.focal_y, rig.centre_x, rig.centre_y, rig.doffs]).all()
    rig.for_size(rig.width or 640, rig.height or 480, path)


def rig_files() -> Seeds:
    """Files of cameras and rigs of every format that has a writer."""
    camera = CameraModel(460.5, 459.25, 367.2, 248.4, 752, 480, "radtan", (-0.28, 0.07, 0.0002, -0.00002, 0.0))
    pose = (0.0, -0.6, 0.8, 1.0, 0.0, 0.8, 0.6, 2.0, -1.0, 0.0, 0.0, 3.0, 0.0, 0.0, 0.0, 1.0)
    view = transforms.PosedView("1.png", camera, pose)
    rig = StereoRig(camera, camera, tuple(np.eye(3).ravel().tolist()), (-0.11, 0.0004, -0.0008))
    found = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "file")
        for write in (
            lambda: opencv_yaml.write_rig(path, rig),
            lambda: opencv_yaml.write_camera(path, camera),
            lambda: kalibr.write_rig(path, rig),
            lambda: euroc.write_rig(path, path.with_name("other"), rig),
            lambda: colmap.write_cameras(path, {1: camera}),
            lambda: matrix_text.write_camera(path, replace(camera, lens="pinhole", coefficients=())),
            lambda: transforms.write(path, camera, [view]),
        ):
            write()
            found.append(("", path.read_bytes()))
    return found


def any_of(*readers: Callable[[Path], object]) -> Callable[[Path], object]:
    """All readers look; an error is passed on where none of them could read."""

    def look(path: Path) -> None:
        errors = []
        for reader in readers:
            try:
                reader(path)
            except WildDepthError as error:
                errors.append(error)
        if len(errors) == len(readers):
            raise errors[0]

    return look


def trajectories() -> Seeds:
    matrix = " ".join(f"{value:e}" for value in np.eye(4)[:3].ravel())
    return [
        (".txt", f"{matrix}\n{matrix}\n".encode()),
        (".txt", b"# time x y z qx qy qz qw\n1.5 0 0 0 0 0 0 1\n1.6 0.1 0 0 0 0 0.6 0.8\n"),
        (".txt", b"0.0\n0.1\n0.2\n"),
        (".txt", b"2011-09-26 13:02:25.964389445\n2011-09-26 13:02:26.067\n"),
        (
            ".txt",
            b"49.015 8.434 116.43 0.035 0.0123 0.92 12.9 1 2 3 0.1 0.2 0.3 0 0 0 0 0 0 0 0 0 0 0.1 0.2 4 11 6 6 6\n",
        ),
    ]


def depth_maps() -> Seeds:
    return [(".png", encoded_png(noise(1, bits))) for bits in (8, 16)] + [(".pgm", pillow("PPM", "L"))]


def photo_sets() -> Seeds:
    frames = [{"file_path": name, "transform_matrix": np.eye(4).tolist()} for name in ("./1.png", "gone")]
    plain = {"fl_x": 50.0, "fl_y": 51.0, "cx": 14, "cy": 10, "w": 28, "h": 20, "k1": 0.01, "frames": frames}
    return [(".json", json.dumps(tree).encode()) for tree in (plain, {"camera_angle_x": 0.8, "frames": frames})]


def look_at_photos(path: Path) -> None:
    folder = path.parent / "photos"
    folder.mkdir(exist_ok=True)
    (folder / "1.png").write_bytes(encoded_png(noise()))
    path.replace(folder / "transforms.json")
    for files in photos.scenes(folder):
        load_sample(files)


def street_calibrations() -> Seeds:
    city = {
        "extrinsic": {"baseline": 0.209313, "pitch": 0.038, "roll": 0.0, "yaw": -0.0195, "x": 1.7, "y": 0.1, "z": 1.22},
        "intrinsic": {"fx": 2262.52, "fy": 2265.30, "u0": 1096.98, "v0": 513.137},
    }
    return [
        (".json", json.dumps(city).encode()),
        (
            ".txt",
            b"S_rect_101: 1762 800\nR_101: 1 0 0 0 1 0 0 0 1\nT_101: 0 0 0\nR_103: 1 0 0 0 1 0 0 0 1\n"
            b"T_103: -0.54 0 0\nP_rect_101: 2007 0 881 0 0 2007 400 0 0 0 1 0\n"
            b"P_rect_103: 2007 0 881 -1093.8 0 2007 400 0 0 0 1 0\n",
        ),
    ]


def videos() -> Seeds:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "video.avi")
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 10, (28, 20))
        for turn in range(3):
            writer.write(np.ascontiguousarray(np.rot90(noise(), 2 * turn)))
        writer.release()
        return [(".avi", path.read_bytes())]


def look_at_video(path: Path) -> None:
    clip = VideoClip(path)
    for index in {0, len(clip) - 1}:
        assert clip.read(index).dtype == np.uint8


def recipes() -> Seeds:
    return [(".yaml", Recipe().to_yaml().encode())]


def metadata() -> dict[str, str]:
    return {"network": "madnet", "options": '{"resize": "tf1", "input_scale": 255.0}', "step": "7", "state": "{}"}


TENSORS = {"context.6.bias": torch.ones(1), "context.6.weight": torch.ones(2, 3)}


class Small(torch.nn.Module):
    """A network whose weights the seed holds: damaged files get as far as their numbers."""

    def state_dict(self) -> dict[str, torch.Tensor]:
        return TENSORS


def weights() -> Seeds:
    return [(".safetensors", safetensors_bytes(TENSORS, metadata()))]


def look_at_weights(path: Path) -> None:
    tensors, told = load_tensors(path)
    described_network(path, {**told, "network": told.get("network", "madnet")})
    check_tensors(path, tensors, Small())
    path.replace(path.with_name("last.safetensors"))
    steps_done(path.parent)


LABELS = {
    "manifest": "manifest.json",
    "record": "records/a.json",
    "disparity": "disparity/a.png",
    "float": "right/disparity/a.pfm",
    "confidence": "confidence/a.png",
}


def label_folder(place: Path) -> LabelStore:
    """A folder with the labels of one pair, the right ones below 0."""
    disparity, sure = np.full((4, 6), 2.5, np.float32), np.ones((4, 6), np.float32)
    store = LabelStore.create(place, algorithm())
    store.write("a", (Fused(disparity, sure), Fused(-disparity, sure)), "0" * 64, known={"doffs": 0.0})
    return store


def labels() -> Seeds:
    with tempfile.TemporaryDirectory() as folder:
        store = label_folder(Path(folder))
        return [(f"-{kind}", (store.path / name).read_bytes()) for kind, name in LABELS.items()]


def look_at_labels(path: Path) -> None:
    store = label_folder(path.parent / "labels")
    name = LABELS[path.name.rpartition("-")[2]]
    path.replace(store.path / name)
    record = store.path / LABELS["record"]
    if name.endswith((".png", ".pfm")):  # as if it had been written like this: its size is right
        told = json.loads(record.read_text())
        told["files"][name] = (store.path / name).stat().st_size
        record.write_text(json.dumps(told))
    try:
        left, right = LabelStore.open(store.path).read("a", "0" * 64)
    finally:
        shutil.rmtree(store.path)
    assert left.disparity.shape == left.confidence.shape
    assert right.disparity.shape == right.confidence.shape


def checkpoints() -> Seeds:
    found = []
    for content in ({"a": torch.ones(3)}, {"state_dict": {"module.a": torch.ones(2, 2).half()}, "epoch": 3}):
        for zipped in (True, False):
            file = BytesIO()
            torch.save(content, file, _use_new_zipfile_serialization=zipped)
            found.append((".pth", file.getvalue()))
    return [*found, (".safetensors", safetensors_bytes(TENSORS, {})), *npzs()]


def look_at_checkpoint(path: Path) -> None:
    state = read_public(path)
    with suppress(WeightsError):  # none of them holds all of a network
        converted(state, "npz" if path.suffix == ".npz" else "madnet2", path)


RUN = {
    "environment.json": b'{"wilddepth": "0.1.0", "date": "2026-01-01T00:00:00+00:00", "resumed": []}',
    "recipe.yaml": b"verb: adapt\nplan: {steps: 3, rate: 1.0e-4}\n",
    "log.jsonl": b'{"step": 1, "total": 0.5}\n{"step": 2, "total": null}\n',
}


def runs() -> Seeds:
    return [(f"-{name}", data) for name, data in RUN.items()]


def look_at_run(path: Path) -> None:
    folder = path.parent / "run"
    folder.mkdir(exist_ok=True)
    for name, data in RUN.items():
        spoilt = path.name.endswith(name)
        (folder / name).write_bytes(path.read_bytes() if spoilt else data)
    run = RunFolder.create(folder, resume=True, recipe=RUN["recipe.yaml"].decode())
    run.rewind(1)


def splits() -> Seeds:
    return [(".txt", b"a\nb\n"), (".txt", b"b\n")]


def small_folder(place: Path, names: Sequence[str] = ("a", "b")) -> Path:
    for side in ("left", "right"):
        (place / side).mkdir(parents=True, exist_ok=True)
        for name in names:
            (place / side / f"{name}.png").write_bytes(encoded_png(noise()))
    return place


def look_at_split(path: Path) -> None:
    folder = path.parent / "pairs"
    if not folder.is_dir():
        small_folder(folder)
    assert len(folder_source("pairs", folder, split=str(path))) > 0


def names() -> Seeds:
    return [("", b"street_left_07"), ("", "Höhe²_12".encode()), ("", b"im0")]


def look_at_names(path: Path) -> None:
    """The content of the file as the name of a pair."""
    folder = path.parent / f"names-{time.monotonic_ns()}"
    name = path.read_bytes().replace(b"/", b"").replace(b"\0", b"")[:200] or b"x"
    for side in ("left", "right"):
        (folder / side).mkdir(parents=True)
        file = bytes(folder / side) + b"/" + name + b".png"
        with open(file, "wb") as written:
            written.write(encoded_png(noise()))
    source = open_source(str(folder))
    load_sample(source.files[0])
    source.describe().encode()


READERS: Mapping[str, Reader] = {
    "picture": Reader(pictures, look_at_picture),
    "disparity_png": Reader(disparity_pngs, look_at_disparity_png),
    "pfm": Reader(pfms, look_at_map(pfm.read_disparity)),
    "npy": Reader(npys, look_at_map(array.read_disparity)),
    "npz": Reader(npzs, look_at_map(array.read_disparity)),
    "calibration": Reader(calibrations, look_at_calibration),
    "rig": Reader(rig_files, any_of(detect, read_calibration, read_camera, read_rig)),
    "trajectory": Reader(trajectories, any_of(read_poses, read_timed_poses, read_times, read_clock_times, read_place)),
    "depth": Reader(depth_maps, any_of(read_kitti_depth, read_millimetres)),
    "photos": Reader(photo_sets, look_at_photos),
    "street": Reader(street_calibrations, any_of(cityscapes.read_calibration, drivingstereo.read_calibration)),
    "video": Reader(videos, look_at_video),
    "recipe": Reader(recipes, read),
    "weights": Reader(weights, look_at_weights),
    "labels": Reader(labels, look_at_labels),
    "checkpoint": Reader(checkpoints, look_at_checkpoint),
    "run": Reader(runs, look_at_run),
    "split": Reader(splits, look_at_split),
    "names": Reader(names, look_at_names),
}
