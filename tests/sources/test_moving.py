"""Videos as sources: every frame by its number, both views where they belong, and what is wrong said in one error."""

import pickle
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from wilddepth.data.layouts.loading import read_picture
from wilddepth.errors import ConfigError, MissingView, SampleError
from wilddepth.formats.image import write_image
from wilddepth.sources.clip import VideoClip
from wilddepth.sources.open import open_source
from wilddepth.sources.source import Source

HEIGHT, WIDTH = 32, 48


def pixels(seed: int, width: int = WIDTH) -> np.ndarray:
    """A picture that no other seed has."""
    return np.random.default_rng(seed).integers(0, 256, (HEIGHT, width, 3)).astype(np.uint8)


def put_video(path: Path, frames: list[np.ndarray], *, codec: str = "FFV1", rate: float = 20.0) -> Path:
    """A video; FFV1 keeps every bit."""
    size = (frames[0].shape[1], frames[0].shape[0])
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter_fourcc(*codec), rate, size)
    assert writer.isOpened()
    for rgb in frames:
        writer.write(np.ascontiguousarray(rgb[:, :, ::-1]))
    writer.release()
    return path


def as_bytes(image: torch.Tensor) -> np.ndarray:
    return (image[0].permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)


def test_both_halves_of_each_frame_are_the_views(tmp_path: Path):
    frames = [pixels(seed, 2 * WIDTH) for seed in range(4)]
    source = open_source(f"sbs:{put_video(tmp_path / 'ride.avi', frames)}")
    assert (len(source), source.layout, source.one_view) == (4, "side-by-side", False)
    for index in (2, 0, 3, 1):
        scene = source[index]
        np.testing.assert_array_equal(as_bytes(scene.sample.image), frames[index][:, :WIDTH])
        np.testing.assert_array_equal(as_bytes(scene.sample.right), frames[index][:, WIDTH:])
        assert scene.key == scene.sample.keys[0] == f"{index:06d}"
        assert scene.sample.timestamps.item() == pytest.approx(index / 20)
        assert scene.truth is None


def test_two_videos_are_left_and_right(tmp_path: Path):
    left, right = ([pixels(seed + shift) for seed in range(3)] for shift in (0, 100))
    text = f"{put_video(tmp_path / 'l.avi', left)},{put_video(tmp_path / 'r.avi', right)}"
    source = open_source(text, neighbours=(-1, 1))
    assert (len(source), source.layout) == (3, "video-pair")
    sample = source[1].sample
    np.testing.assert_array_equal(as_bytes(sample.image), left[1])
    np.testing.assert_array_equal(as_bytes(sample.right), right[1])
    np.testing.assert_array_equal(as_bytes(sample.neighbours[-1]), left[0])
    np.testing.assert_array_equal(as_bytes(sample.neighbours[1]), left[2])
    assert set(source[0].sample.neighbours) == {1}


def test_a_folder_of_pictures_side_by_side(tmp_path: Path):
    for number in (1, 2, 10):
        write_image(tmp_path / f"f{number}.png", pixels(number, 2 * WIDTH))
    source = open_source(f"sbs:{tmp_path}", limit=2, neighbours=(1,))
    assert source.keys == ("f1", "f2")
    np.testing.assert_array_equal(as_bytes(source[1].sample.right), pixels(2, 2 * WIDTH)[:, WIDTH:])
    np.testing.assert_array_equal(as_bytes(source[1].sample.neighbours[1]), pixels(10, 2 * WIDTH)[:, :WIDTH])
    assert source[0].sample.timestamps is None
    assert source.describe() == f"sbs:{tmp_path}: 2 pairs, layout side-by-side, rate unknown, no calibration, no truth"


def test_a_calibration_beside_describes_one_view(tmp_path: Path):
    video = put_video(tmp_path / "ride.avi", [pixels(0, 2 * WIDTH)])
    numbers = f"cam0=[50 0 20; 0 50 15; 0 0 1]\ncam1=[50 0 29; 0 50 15; 0 0 1]\nbaseline=4.1\nwidth={WIDTH}\n"
    (tmp_path / "calib.txt").write_text(f"{numbers}height={HEIGHT}\n")
    source = open_source(f"sbs:{video}")
    sample = source[0].sample
    assert "with calibration" in source.describe()
    assert sample.doffs().item() == 9
    assert sample.baseline.item() == pytest.approx(0.0041)
    (tmp_path / "calib.txt").write_text(
        f"{numbers.replace(f'width={WIDTH}', f'width={2 * WIDTH + 1}')}height={HEIGHT}\n"
    )
    with pytest.raises(SampleError, match=r"calib\.txt describes 97x32 images but these are 48x32"):
        open_source(f"sbs:{video}")[0]


def test_one_view_is_a_source_that_stereo_refuses(tmp_path: Path):
    video = put_video(tmp_path / "walk.avi", [pixels(seed) for seed in range(3)])
    source = open_source(str(video), neighbours=(-1, 1))
    assert source.one_view
    assert (
        source.describe()
        == f"{video}: 3 pictures, layout video, one view, 20 frames a second, no calibration, no truth"
    )
    np.testing.assert_array_equal(as_bytes(source[1].sample.image), pixels(1))
    assert source[1].sample.right is None
    with pytest.raises(MissingView, match=rf"has one view a scene, .* side by side, write sbs:{video}"):
        source.check_pairs()


@pytest.mark.parametrize("codec, suffix", [("mp4v", ".mp4"), ("MJPG", ".avi"), ("FFV1", ".mkv")])
def test_any_order_gives_the_frames_that_decoding_in_order_gives(tmp_path: Path, codec: str, suffix: str):
    """mp4v keeps one whole picture in twelve, so seeking has to land between those."""
    path = put_video(tmp_path / f"v{suffix}", [pixels(seed // 3) for seed in range(40)], codec=codec)
    capture, expected = cv2.VideoCapture(str(path)), []
    while (found := capture.read())[0]:
        expected.append(found[1][:, :, ::-1])
    clip = VideoClip(path)
    assert len(clip) == len(expected) == 40
    for index in [*np.random.default_rng(0).permutation(40), 39, 0, 1, 1, 17]:
        np.testing.assert_array_equal(clip.read(int(index)), expected[index])


class OddDecoder:
    """OpenCV's decoder, but for what a test says."""

    whole = cv2.VideoCapture

    def __init__(self, *words: object) -> None:
        self.capture = self.whole(*words)

    def __getattr__(self, name: str) -> object:
        return getattr(self.capture, name)


def test_a_seek_that_lands_elsewhere_is_done_from_the_beginning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    class Lost(OddDecoder):
        def set(self, entry: int, value: float) -> bool:
            return entry != cv2.CAP_PROP_POS_FRAMES and self.capture.set(entry, value)

    path = put_video(tmp_path / "v.avi", [pixels(seed) for seed in range(9)])
    monkeypatch.setattr(cv2, "VideoCapture", Lost)
    clip = VideoClip(path)
    for index in (7, 2, 8, 0):
        np.testing.assert_array_equal(clip.read(index), pixels(index))


def test_a_video_that_states_no_count_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    class Silent(OddDecoder):
        def get(self, entry: int) -> float:
            return self.capture.get(entry) if entry == cv2.CAP_PROP_POS_FRAMES else 0.0

    path = put_video(tmp_path / "v.avi", [pixels(seed) for seed in range(9)])
    monkeypatch.setattr(cv2, "VideoCapture", Silent)
    clip = VideoClip(path)
    assert (len(clip), clip.rate) == (9, None)
    np.testing.assert_array_equal(clip.read(8), pixels(8))


def test_a_header_without_frames_is_no_video(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    class Empty(OddDecoder):
        def read(self) -> tuple[bool, None]:
            return False, None

    path = put_video(tmp_path / "v.avi", [pixels(0)])
    monkeypatch.setattr(cv2, "VideoCapture", Empty)
    with pytest.raises(SampleError, match=r"v\.avi holds no frame that can be decoded; play it, or convert it"):
        VideoClip(path)


def test_a_video_can_be_sent_to_loader_workers(tmp_path: Path):
    source = open_source(f"sbs:{put_video(tmp_path / 'v.avi', [pixels(seed, 2 * WIDTH) for seed in range(3)])}")
    source[1]
    again = pickle.loads(pickle.dumps(source))
    assert again[2].digest() == source[2].digest()
    assert again[0].digest() == source[0].digest()


def test_a_limit_and_the_end(tmp_path: Path):
    path = put_video(tmp_path / "v.avi", [pixels(seed) for seed in range(5)])
    source = open_source(str(path), limit=2)
    assert source.keys == ("000000", "000001")
    with pytest.raises(IndexError, match="has 2 scenes"):
        source[2]


def decodable(source: Source, index: int) -> bool:
    try:
        source[index]
    except SampleError:
        return False
    return True


def test_a_video_that_is_cut_off_says_where_and_what_is_left(tmp_path: Path):
    path = put_video(tmp_path / "v.avi", [pixels(seed) for seed in range(20)])
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    source = open_source(str(path))
    assert len(source) == 20  # what its header states
    whole = 0
    while decodable(source, whole):
        np.testing.assert_array_equal(as_bytes(source[whole].sample.image), pixels(whole))
        whole += 1
    assert 5 <= whole < 15
    with pytest.raises(SampleError, match=rf"v\.avi cannot be decoded at frame {whole} of the 20 .* --limit {whole},"):
        source[whole]
    np.testing.assert_array_equal(as_bytes(source[3].sample.image), pixels(3))  # the rest still serves


@pytest.mark.parametrize(
    "content", [b"", b"not a video", b"\x00\x00\x00\x18ftypmp42" + bytes(64)], ids=["empty", "text", "header"]
)
@pytest.mark.parametrize("form", ["{}", "sbs:{}", "{},{}"])
def test_what_is_no_video_is_named(tmp_path: Path, content: bytes, form: str):
    path = tmp_path / "v.mp4"
    path.write_bytes(content)
    with pytest.raises(SampleError, match=r"v\.mp4 (is no video that|holds no frame that) can be decoded"):
        open_source(form.format(path, path))


def test_the_decoder_says_nothing_beside_our_one_line(tmp_path: Path):
    """In a process of its own: the decoder reads how much to say when it is first used."""
    (tmp_path / "v.mp4").write_bytes(b"not a video")
    program = "import pathlib, sys; from wilddepth.sources.clip import VideoClip; VideoClip(pathlib.Path(sys.argv[1]))"
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "v.mp4")], capture_output=True, text=True, check=False
    )
    before, _, after = done.stderr.partition("Traceback")
    assert before == ""
    assert after.rstrip().endswith("v.mp4 is no video that can be decoded; convert it to H.264 in MP4")


def test_what_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(SampleError, match=r"gone\.mp4 does not exist"):
        open_source(f"sbs:{tmp_path}/gone.mp4")
    with pytest.raises(SampleError, match=r"holds no pictures"):
        open_source(f"sbs:{tmp_path}")


def test_videos_that_are_not_in_step_are_refused(tmp_path: Path):
    left = put_video(tmp_path / "l.avi", [pixels(seed) for seed in range(4)])
    right = put_video(tmp_path / "r.avi", [pixels(seed) for seed in range(3)])
    other = put_video(tmp_path / "o.avi", [pixels(seed) for seed in range(4)], rate=25.0)
    with pytest.raises(
        SampleError, match=r"l\.avi has 4 frames and .*r\.avi 3; if they begin at one moment, .*--limit 3"
    ):
        open_source(f"{left},{right}")
    assert len(open_source(f"{left},{right}", limit=3)) == 3
    with pytest.raises(SampleError, match=r"l\.avi has 20 frames a second and .*o\.avi 25"):
        open_source(f"{left},{other}")


def test_views_that_do_not_fit_are_refused(tmp_path: Path):
    left, right = (put_video(tmp_path / f"{width}.avi", [pixels(0, width)]) for width in (48, 64))
    with pytest.raises(SampleError, match=r"48\.avi frame 0 is 48x32 but .*64\.avi frame 0 is 64x32"):
        open_source(f"{left},{right}")[0]
    write_image(tmp_path / "odd/a.png", pixels(0, 33))
    with pytest.raises(SampleError, match="frame a is 33 columns wide, which two views side by side cannot be"):
        open_source(f"sbs:{tmp_path}/odd")[0]


@pytest.mark.parametrize("options", [{"layout": "pairs"}, {"split": "train"}, {"size": (8, 8)}])
def test_options_that_a_video_has_not_are_refused(tmp_path: Path, options: dict[str, object]):
    video = put_video(tmp_path / "v.avi", [pixels(0)])
    with pytest.raises(ConfigError, match=r"v\.avi is"):
        open_source(str(video), **options)


@pytest.mark.realdata
def test_the_real_video_side_by_side_has_negative_disparities(realdata: Path, tmp_path: Path):
    """Numbers of its calibration: f 1035.3, c 596.955 and 688.362, B 4.14339 mm."""
    (tmp_path / "video.mp4").symlink_to(realdata / "surgical_stereo/video_sbs/video.mp4")
    (tmp_path / "calib.txt").write_text(
        "cam0=[1035.308 0 596.955; 0 1035.088 520.410; 0 0 1]\ncam1=[1035.174 0 688.362; 0 1034.979 521.071; 0 0 1]\n"
        "baseline=4.14339\nwidth=1280\nheight=1024\n"
    )
    source = open_source(f"sbs:{tmp_path}/video.mp4")
    assert len(source) == 10
    sample = source[5].sample
    assert sample.size == (1024, 1280)
    assert sample.doffs().item() == pytest.approx(91.407, abs=1e-3)
    column, row = matched(as_bytes(sample.image), as_bytes(sample.right))
    assert abs(np.median(row)) < 0.5
    assert np.percentile(column, 95) < 0  # nearly all are negative: the right view is not the left one
    assert np.median(column) == pytest.approx(-28, abs=5)
    depth = 1035.3 * 0.00414339 / (np.median(column) + sample.doffs().item())
    assert 0.04 < depth < 0.2  # m: tissue in front of an endoscope


def matched(left: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Left minus right column and row of ORB features that are each other's best."""
    orb = cv2.ORB_create(3000)
    (ours, first), (theirs, second) = (orb.detectAndCompute(np.ascontiguousarray(view), None) for view in (left, right))
    found = [
        match for match in cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(first, second) if match.distance < 30
    ]
    assert len(found) > 200
    moved = np.array([np.subtract(ours[match.queryIdx].pt, theirs[match.trainIdx].pt) for match in found])
    return moved[:, 0], moved[:, 1]


@pytest.mark.realdata
def test_the_real_video_with_one_view_is_had_in_any_order(realdata: Path):
    path = realdata / "mono_videos/davis_rollercoaster.mp4"
    source = open_source(str(path))
    assert (len(source), source[0].sample.size) == (70, (540, 960))
    capture, expected = cv2.VideoCapture(str(path)), []
    while (found := capture.read())[0]:
        expected.append(found[1][:, :, ::-1])
    for index in (69, 3, 40, 41, 0):
        np.testing.assert_array_equal(as_bytes(source[index].sample.image), expected[index])


def test_pictures_and_frames_are_decoded_alike(tmp_path: Path):
    write_image(tmp_path / "a.png", pixels(0, 2 * WIDTH))
    whole = read_picture(tmp_path / "a.png")
    sample = open_source(f"sbs:{tmp_path}")[0].sample
    assert torch.equal(torch.cat((sample.image, sample.right), dim=-1), whole)


@pytest.mark.parametrize("form", ["sbs:{0}/l", "{0}/l/*.png,{0}/r/*.png"], ids=["folder of frames", "patterns"])
def test_names_that_no_report_can_hold_are_refused(tmp_path: Path, form: str):
    for side in ("l", "r"):
        write_image(tmp_path / side / "a.png", pixels(0))
        (tmp_path / side / "a.png").rename(tmp_path / side / "two\nlines.png")
    with pytest.raises(SampleError, match=r"the file name 'two\\nlines' holds a line end, .*; rename it"):
        open_source(form.format(tmp_path))
