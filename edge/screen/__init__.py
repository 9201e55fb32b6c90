"""A video frame becomes a Scan or NoScan: where the scan is, its scale, whether the picture is alive. What is uncertain is no scan."""
