"""The pipeline: a video frame in, the depth and needle angle of a spinal target out. See README.md."""

NOTICE = "research device, not validated on patients"
