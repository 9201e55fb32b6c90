/* The library for C++ sketches. */
#ifndef TUFFIER_H
#define TUFFIER_H

#ifdef __cplusplus
extern "C" {
#endif

#include "tuffier_device.h"
#include "tuffier_font.h"
#include "tuffier_line.h"

#ifdef __cplusplus
}
#endif

#endif
