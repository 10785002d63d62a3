"""Calibration files of rectified pairs, one module for each format, all read into `StereoCalibration`."""
