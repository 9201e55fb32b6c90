/* What the reference bracket can do, once for the two firmwares, the simulator, the bench and the fuzzer. A bracket of another build states its own. */
#ifndef TUFFIER_REFERENCE_H
#define TUFFIER_REFERENCE_H

#include "tuffier_wire.h"

/* A whole tf_hello but its serial number: {.serial_number = 1u, TF_REFERENCE_BUILD}. */
#define TF_REFERENCE_BUILD                                                                                                        \
    .version_minor = 1u,                                                                                                          \
    .capabilities = TF_CAPABILITY_DISPLAY | TF_CAPABILITY_BRACKET | TF_CAPABILITY_BUTTONS | TF_CAPABILITY_STORAGE,                \
    .angle_least_tenths_deg = -600, .angle_most_tenths_deg = 600, .slew_most_tenths_deg_per_s = 300u,                             \
    .servo_least_us = 600u, .servo_most_us = 2400u, .servo_least_us_per_deg = 5u, .servo_most_us_per_deg = 30u,                   \
    .servo_most_us_per_s = 600u, .interval_most_tenths_mm = 50u

#endif
