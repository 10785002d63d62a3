"""Middlebury, ETH3D, Scene Flow, DrivingStereo, Cityscapes, EuRoC, and RGB-D recordings."""

from wilddepth.data.known.dataset import Dataset, Download, Part

_MIDDLEBURY = "https://vision.middlebury.edu/stereo"
_RESEARCH = "for research"
_DEEP = ("", "*/", "*/*/")
_BESIDE = "it lies in the folder of each scene, beside the pictures"


def _named(*names: str) -> tuple[str, ...]:
    """Names in the folder itself, in a scene's folder, or one further down."""
    return tuple(f"{deep}{name}" for name in names for deep in _DEEP)


MIDDLEBURY_2003 = Dataset(
    name="middlebury2003",
    title="Middlebury 2003: Cones and Teddy",
    page=f"{_MIDDLEBURY}/data/scenes2003/",
    licence=_RESEARCH,
    downloads=(Download("cones and teddy, quarter size", needed=True),),
    smallest="one scene at quarter size: im2, im6, disp2",
    parts=(
        Part("left pictures", "predict", _named("im2.*"), "fetch im2 of a scene"),
        Part("right pictures", "predict", _named("im6.*"), "fetch im6 of the scene"),
        Part("truth", "score", _named("disp2.*"), "fetch disp2 of the scene"),
    ),
    shape="a folder for each scene with im2 (left), im6 (right), disp2",
    notes=("There is no calibration, so no depth in metres. Truth is stored as px times 4 at 450 columns.",),
)

MIDDLEBURY_2006 = Dataset(
    name="middlebury2006",
    title="Middlebury 2005 and 2006",
    page=f"{_MIDDLEBURY}/data/scenes2006/",
    licence=_RESEARCH,
    downloads=(Download("one scene with two views and truth, e.g. Aloe at a third of the size", needed=True),),
    smallest="one scene at a third of the size: view1, view5, disp1, dmin.txt",
    parts=(
        Part("left pictures", "predict", _named("view1.*"), "fetch view1 of a scene"),
        Part("right pictures", "predict", _named("view5.*"), "fetch view5 of the scene"),
        Part("calibration", "metres", _named("dmin.txt"), _BESIDE),
        Part("truth", "score", _named("disp1.*"), "fetch disp1 of the scene"),
    ),
    shape="a folder for each scene with view1 (left), view5 (right), disp1, dmin.txt",
    notes=(
        "Disparities were cropped: depth needs dmin.txt.",
        "The scale of the truth and the cameras' numbers (3740 px at full size, 160 mm) are not verified.",
    ),
)

MIDDLEBURY_2014 = Dataset(
    name="middlebury2014",
    title="Middlebury 2014 and evaluation version 3",
    page=f"{_MIDDLEBURY}/submit3/",
    licence=_RESEARCH,
    downloads=(
        Download("MiddEval3-data-Q.zip", "31 MB", "reported", needed=True),
        Download("MiddEval3-GT0-Q.zip", "14 MB", "reported", needed=True),
        Download("the same at half (H) and full size (F); the 2014 scenes one by one: data/scenes2014/"),
    ),
    smallest="pictures and truth of evaluation version 3 at quarter size: 15 training scenes",
    parts=(
        Part("left pictures", "predict", _named("im0.*", "motorcycle_left.png"), "fetch MiddEval3-data-Q.zip"),
        Part("right pictures", "predict", _named("im1.*", "motorcycle_right.png"), "fetch MiddEval3-data-Q.zip"),
        Part("calibration", "metres", _named("calib.txt"), _BESIDE),
        Part(
            "truth",
            "score",
            _named("disp0GT.pfm", "disp0.pfm", "disp0.npz", "motorcycle_disp.npz"),
            "fetch MiddEval3-GT0-Q.zip and unpack it over the pictures; the test scenes have none",
        ),
    ),
    shape="a folder for each scene with im0, im1, calib.txt, disp0GT.pfm or disp0.pfm",
    notes=("Principal points differ, so depth needs doffs, which calib.txt has. Most pairs are a little misaligned.",),
)

ETH3D = Dataset(
    name="eth3d",
    title="ETH3D low-resolution two-view",
    page="https://www.eth3d.net/datasets",
    licence="CC BY-NC-SA 4.0",
    downloads=(
        Download("two_view_training.7z", "14 MB", "reported", needed=True),
        Download("two_view_training_gt.7z", "14 MB", "reported", needed=True),
    ),
    smallest="training pictures and truth: 27 grey pairs",
    parts=(
        Part("left pictures", "predict", ("im0.*", "*/im0.*"), "fetch two_view_training.7z"),
        Part("right pictures", "predict", ("im1.*", "*/im1.*"), "fetch two_view_training.7z"),
        Part("calibration", "metres", ("calib.txt", "*/calib.txt"), "it is part of two_view_training.7z"),
        Part(
            "truth",
            "score",
            ("disp0GT.pfm", "*/disp0GT.pfm", "disp0.pfm", "*/disp0.pfm"),
            "fetch two_view_training_gt.7z and unpack it over the pictures",
        ),
    ),
    shape="a folder for each scene with im0, im1, calib.txt, disp0GT.pfm, mask0nocc.png",
    notes=("The archives need 7z (package p7zip-full).",),
)

_PASSES = ("frames_cleanpass", "frames_finalpass", "image_clean", "image_final", "images")

SCENE_FLOW = Dataset(
    name="sceneflow",
    title="Scene Flow: FlyingThings3D, Driving, Monkaa",
    page="https://lmb.informatik.uni-freiburg.de/resources/datasets/SceneFlowDatasets.en.html",
    licence="for research only, any commercial use prohibited",
    downloads=(
        Download("Driving: RGB images (cleanpass)", "6.7 GB", "reported", needed=True),
        Download("Driving: disparity", "9.6 GB", "reported", needed=True),
        Download("FlyingThings3D: RGB images (cleanpass)", "37 GB", "quoted"),
        Download("FlyingThings3D: disparity", "87 GB", "quoted"),
        Download("Monkaa: RGB images (cleanpass)", "9.7 GB", "reported"),
        Download("Monkaa: disparity", "30 GB", "reported"),
    ),
    smallest="clean pass and disparity of Driving; rendered worlds need no download (wilddepth train)",
    parts=(
        Part(
            "left pictures",
            "predict",
            tuple(f"{name}/**/left/*" for name in _PASSES),
            "fetch the clean pass (PNG or WebP) of one of the three",
        ),
        Part(
            "right pictures",
            "predict",
            tuple(f"{name}/**/right/*" for name in _PASSES),
            "the clean pass comes with both views; unpack all of the archive",
        ),
        Part("truth", "score", ("disparity/**/left/*.pfm",), "fetch the disparity of the same one"),
    ),
    shape="frames_cleanpass/.../left and right, disparity/.../left",
    notes=("Calibration is not shipped, so no depth in metres.",),
)

DRIVING_STEREO = Dataset(
    name="drivingstereo",
    title="DrivingStereo",
    page="https://drivingstereo-dataset.github.io/",
    licence=None,
    downloads=(Download("one of the weather sets, or the test set, at half size, and the calibration", needed=True),),
    smallest="one weather set at half size with half-image-calib",
    parts=(
        Part(
            "left pictures",
            "predict",
            ("train-left-image/**/*.*", "left-image-*-size/**/*.*", "*/left-image-*-size/**/*.*"),
            "fetch the left images of one set",
        ),
        Part(
            "right pictures",
            "predict",
            ("train-right-image/**/*.*", "right-image-*-size/**/*.*", "*/right-image-*-size/**/*.*"),
            "fetch the right images of the same set",
        ),
        Part(
            "calibration",
            "metres",
            (
                "half-image-calib/*.txt",
                "full-image-calib/*.txt",
                "../half-image-calib/*.txt",
                "../full-image-calib/*.txt",
            ),
            "fetch the calibration of the same size and put its folder beside the pictures",
        ),
        Part(
            "truth",
            "score",
            ("train-disparity-map/**/*.png", "disparity-map-*-size/**/*.png", "*/disparity-map-*-size/**/*.png"),
            "fetch the disparity maps of the same size",
        ),
    ),
    shape="train-left-image/DATE and train-right-image, or left-image-half-size and right-image-half-size",
    notes=(
        "Disparity is taken as px = v / 256 at half size and v / 128 at full size, as public code does; not verified.",
    ),
)

CITYSCAPES = Dataset(
    name="cityscapes",
    title="Cityscapes",
    page="https://www.cityscapes-dataset.com/downloads/",
    licence=None,
    downloads=(
        Download("leftImg8bit_trainvaltest.zip", "11 GB", "quoted", needed=True),
        Download("rightImg8bit_trainvaltest.zip", "11 GB", "quoted", needed=True),
        Download("camera_trainvaltest.zip", "2 MB", "quoted", needed=True),
        Download("disparity_trainvaltest.zip", "3.5 GB", "quoted"),
        Download("leftImg8bit_trainextra.zip and rightImg8bit_trainextra.zip", "44 GB each", "quoted"),
    ),
    smallest="both views and the cameras of trainvaltest; the city folders that are not wanted can be deleted",
    parts=(
        Part("left pictures", "predict", ("leftImg8bit*/**/*.png",), "fetch leftImg8bit_trainvaltest.zip (11 GB)"),
        Part("right pictures", "predict", ("rightImg8bit*/**/*.png",), "fetch rightImg8bit_trainvaltest.zip (11 GB)"),
        Part("calibration", "metres", ("camera/**/*.json",), "fetch camera_trainvaltest.zip (2 MB)"),
        Part("computed disparity", "score", ("disparity*/**/*.png",), "fetch disparity_trainvaltest.zip (3.5 GB)"),
    ),
    shape="leftImg8bit/SPLIT/CITY and rightImg8bit, camera, disparity",
    notes=(
        "Downloads need an account. The disparity was computed by semi-global matching: agreeing with it is not being "
        "right.",
    ),
)

EUROC = Dataset(
    name="euroc",
    title="EuRoC MAV, ASL recordings",
    page="https://projects.asl.ethz.ch/datasets/doku.php?id=kmavvisualinertialdatasets",
    licence=None,
    downloads=(Download("one sequence in ASL format, e.g. V1_01_easy.zip", needed=True),),
    smallest="one sequence in ASL format",
    parts=(
        Part(
            "left pictures",
            "predict",
            ("mav0/cam0/data/*", "cam0/data/*", "*/mav0/cam0/data/*"),
            "fetch one sequence in ASL format (not the bag)",
        ),
        Part(
            "right pictures",
            "predict",
            ("mav0/cam1/data/*", "cam1/data/*", "*/mav0/cam1/data/*"),
            "unpack all of the sequence's archive",
        ),
        Part(
            "calibration",
            "metres",
            ("mav0/cam1/sensor.yaml", "cam1/sensor.yaml", "*/mav0/cam1/sensor.yaml"),
            "unpack all of the sequence's archive; pairs cannot be rectified without it",
        ),
        Part(
            "poses",
            "sequence",
            tuple(f"{deep}state_groundtruth_estimate0/data.csv" for deep in ("mav0/", "", "*/mav0/")),
            "it is part of the sequence's archive",
        ),
    ),
    shape="mav0/cam0/data and mav0/cam1/data with sensor.yaml",
    notes=("The pairs are not rectified: rows differ by some 12 px. Rectify them before matching.",),
    views="unrectified pairs",
)

RGBD = Dataset(
    name="rgbd",
    title="RGB-D recordings (TUM and the like), one view",
    page="https://cvg.cit.tum.de/data/datasets/rgbd-dataset",
    licence=None,
    downloads=(Download("one sequence, e.g. freiburg1_xyz", needed=True),),
    smallest="one sequence",
    parts=(
        Part("pictures", "predict", ("rgb/*", "color/*", "*/rgb/*", "*/color/*"), "fetch one sequence and unpack it"),
        Part("depth", "score", ("depth/*", "*/depth/*"), "unpack all of the sequence's archive"),
        Part(
            "poses",
            "sequence",
            ("groundtruth.txt", "pose.txt", "*/groundtruth.txt", "*/pose.txt"),
            "unpack all of the sequence's archive",
        ),
    ),
    shape="rgb/ or color/ with depth/, groundtruth.txt or pose.txt",
    notes=("There is no right view: stereo methods cannot use it.",),
    views="one view",
)

OTHERS = (
    MIDDLEBURY_2003,
    MIDDLEBURY_2006,
    MIDDLEBURY_2014,
    ETH3D,
    SCENE_FLOW,
    DRIVING_STEREO,
    CITYSCAPES,
    EUROC,
    RGBD,
)
