"""The KITTI data sets and the Karlsruhe sequences before them (Geiger et al.)."""

from wilddepth.data.known.dataset import Dataset, Download, Part

_LICENCE = "CC BY-NC-SA 3.0"
_HOME = "https://www.cvlibs.net/datasets"
_CALIBRATION_1_MB = Download("calibration files", "1 MB", "quoted", needed=True)

STEREO = Dataset(
    name="kitti_stereo",
    title="KITTI stereo 2015 and 2012",
    page=f"{_HOME}/kitti/eval_scene_flow.php?benchmark=stereo",
    licence=_LICENCE,
    downloads=(
        Download("stereo 2015/flow 2015/scene flow 2015 data set", "2 GB", "quoted", needed=True),
        _CALIBRATION_1_MB,
        Download("2012: stereo/optical flow data set (page eval_stereo_flow.php)", "2 GB", "quoted"),
        Download("multi-view extension, 2015", "14 GB", "quoted"),
    ),
    smallest="the 2015 data set with its calibration files: 200 pairs with LiDAR truth",
    parts=(
        Part(
            "left pictures",
            "predict",
            tuple(
                f"{place}{view}/*_10.*" for place in ("training/", "") for view in ("image_2", "colored_0", "image_0")
            ),
            "unpack the data set so that training/image_2 (2012: training/colored_0) is there",
        ),
        Part(
            "right pictures",
            "predict",
            tuple(
                f"{place}{view}/*_10.*" for place in ("training/", "") for view in ("image_3", "colored_1", "image_1")
            ),
            "unpack the data set so that training/image_3 (2012: training/colored_1) is there",
        ),
        Part(
            "calibration",
            "metres",
            tuple(
                f"{place}{name}"
                for place in ("training/", "")
                for name in ("calib_cam_to_cam/*.txt", "calib/*.txt", "calib_cam_to_cam*.txt", "calib.txt")
            ),
            "fetch the calibration files of the data set and unpack them into the same folder",
        ),
        Part(
            "truth",
            "score",
            tuple(
                f"{place}{name}/*_10.png"
                for place in ("training/", "")
                for name in ("disp_occ_0", "disp_noc_0", "disp_occ", "disp_noc")
            ),
            "it is part of the data set (disp_occ_0, 2012: disp_occ); the testing pairs have none",
        ),
    ),
    shape="training/image_2 and image_3 (2012: colored_0 and colored_1) with frames NNNNNN_10",
    notes=("Frames _11 are the next ones in time; only _10 has truth and is opened.",),
)

RAW = Dataset(
    name="kitti_raw",
    title="KITTI raw recordings",
    page=f"{_HOME}/kitti/raw_data.php",
    licence=_LICENCE,
    downloads=(
        Download("2011_09_26_drive_0001, synced+rectified data", "0.4 GB", "quoted", needed=True),
        Download("calibration of that day, 2011_09_26_calib.zip", needed=True),
        Download("all drives", "175 GB", "reported"),
    ),
    smallest="one drive, synced+rectified, with the calibration of its day",
    parts=(
        Part(
            "left pictures",
            "predict",
            tuple(f"{deep}{view}/data/*" for deep in ("", "*/", "*/*/") for view in ("image_02", "image_00")),
            "fetch the synced+rectified data of one drive; unrectified recordings (extract) will not do",
        ),
        Part(
            "right pictures",
            "predict",
            tuple(f"{deep}{view}/data/*" for deep in ("", "*/", "*/*/") for view in ("image_03", "image_01")),
            "fetch the synced+rectified data of the same drive",
        ),
        Part(
            "calibration",
            "metres",
            tuple(f"{deep}calib_cam_to_cam.txt" for deep in ("", "../", "*/")),
            "fetch the calibration of the drive's day; calib_cam_to_cam.txt lies in the folder of the day",
        ),
    ),
    shape="DAY/DAY_drive_NNNN_sync/image_02/data and image_03/data, DAY/calib_cam_to_cam.txt",
    notes=(
        "There is no truth; kitti_depth has it for most drives. Scans of the laser (velodyne_points) are none: they "
        "are wrong at occlusions.",
    ),
)

ODOMETRY = Dataset(
    name="kitti_odometry",
    title="KITTI odometry",
    page=f"{_HOME}/kitti/eval_odometry.php",
    licence=_LICENCE,
    downloads=(
        Download("odometry data set (grayscale)", "22 GB", "quoted", needed=True),
        Download("odometry data set (color)", "65 GB", "quoted"),
        _CALIBRATION_1_MB,
        Download("odometry ground truth poses", "4 MB", "quoted"),
    ),
    smallest="the grey pictures with the calibration files; a drive of kitti_raw is smaller",
    parts=(
        Part(
            "left pictures",
            "predict",
            tuple(f"{deep}{view}/*" for deep in ("", "*/", "sequences/*/") for view in ("image_2", "image_0")),
            "fetch the pictures, grey or colour",
        ),
        Part(
            "right pictures",
            "predict",
            tuple(f"{deep}{view}/*" for deep in ("", "*/", "sequences/*/") for view in ("image_3", "image_1")),
            "the pictures come with both views; unpack all of the archive",
        ),
        Part(
            "calibration",
            "metres",
            tuple(f"{deep}calib.txt" for deep in ("", "*/", "sequences/*/")),
            "fetch the calibration files (1 MB); calib.txt lies in the folder of each sequence",
        ),
        Part(
            "poses",
            "sequence",
            tuple(f"{up}poses/*.txt" for up in ("", "../", "../../")),
            "fetch the ground truth poses (4 MB); sequences 11 to 21 have none",
        ),
    ),
    shape="sequences/NN/image_2 and image_3 (or image_0 and image_1), calib.txt",
    notes=("There is no truth for disparity; the sequences are parts of kitti_raw.",),
)


def _beside(name: str) -> tuple[str, ...]:
    """In the folder or one beside it, up to three further down."""
    return tuple(f"{up}{deep}{name}" for up in ("", "../") for deep in ("", "*/", "*/*/", "*/*/*/"))


DEPTH = Dataset(
    name="kitti_depth",
    title="KITTI depth, annotated",
    page=f"{_HOME}/kitti/eval_depth_all.php",
    licence=_LICENCE,
    downloads=(
        Download("annotated depth maps data set", "14 GB", "quoted", needed=True),
        Download("the drives of kitti_raw that you want to score, 0.4 GB and more each", needed=True),
    ),
    smallest="the annotated depth maps and one drive of kitti_raw with the calibration of its day",
    parts=(
        Part(
            "annotated depth",
            "score",
            tuple(f"{deep}proj_depth/groundtruth/image_02/*.png" for deep in ("", "*/", "*/*/", "*/*/*/")),
            "fetch the annotated depth maps (14 GB) and unpack them here",
        ),
        Part(
            "left pictures",
            "predict",
            _beside("image_02/data/*"),
            "fetch drives of kitti_raw and put them into this folder, or beside it",
        ),
        Part("right pictures", "predict", _beside("image_03/data/*"), "unpack all of the archives of the drives"),
        Part(
            "calibration",
            "metres",
            _beside("calib_cam_to_cam.txt"),
            "fetch the calibration of the drives' days from the page of kitti_raw",
        ),
    ),
    shape="train/DRIVE/proj_depth/groundtruth/image_02, with the days of kitti_raw beside it",
    notes=("The first and last five frames of a drive have no annotation.",),
)

OBJECT = Dataset(
    name="kitti_object",
    title="KITTI object detection, as pairs",
    page=f"{_HOME}/kitti/eval_object.php?obj_benchmark=3d",
    licence=_LICENCE,
    downloads=(
        Download("left color images of object data set", "12 GB", "quoted", needed=True),
        Download("right color images", "12 GB", "quoted", needed=True),
        Download("camera calibration matrices of object data set", "16 MB", "quoted", needed=True),
    ),
    smallest="both views and the calibration matrices; there is no smaller download",
    parts=(
        Part(
            "left pictures",
            "predict",
            tuple(f"{deep}image_2/*" for deep in ("", "training/", "*/")),
            "fetch the left color images (12 GB)",
        ),
        Part(
            "right pictures",
            "predict",
            tuple(f"{deep}image_3/*" for deep in ("", "training/", "*/")),
            "fetch the right color images (12 GB)",
        ),
        Part(
            "calibration",
            "metres",
            tuple(f"{deep}calib/*.txt" for deep in ("", "training/", "*/")),
            "fetch the camera calibration matrices (16 MB)",
        ),
    ),
    shape="training/image_2, image_3 and calib with one file a frame",
    notes=("Frames come from many drives and do not follow each other. There is no truth for disparity.",),
)

KARLSRUHE = Dataset(
    name="karlsruhe",
    title="Karlsruhe sequences",
    page=f"{_HOME}/karlsruhe_sequences/",
    licence=None,
    downloads=(Download("one sequence with its calibration, e.g. 2010_03_09_drive_0019", needed=True),),
    smallest="one sequence with its calibration",
    parts=(
        Part("left pictures", "predict", ("I1_*",), "fetch one sequence and unpack it"),
        Part("right pictures", "predict", ("I2_*",), "unpack all of the sequence's archive"),
        Part("calibration", "metres", ("*_calib.txt",), "fetch the calibration of the sequence"),
        Part("poses", "sequence", ("insdata.txt",), "fetch the poses of the sequence"),
    ),
    shape="I1_NNNNNN and I2_NNNNNN, *_calib.txt",
    notes=("Grey. There is no truth for disparity.",),
)

KITTI = (STEREO, RAW, ODOMETRY, DEPTH, OBJECT, KARLSRUHE)
