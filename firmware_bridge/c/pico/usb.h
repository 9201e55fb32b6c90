/* The Pico's own USB as a serial port (CDC ACM), without anything under it. */
#ifndef PICO_USB_H
#define PICO_USB_H

#include "tuffier_line.h"

void usb_handler(void);

/* What is received goes into `line` by interrupt, while a program has the port open. The block has its 48 MHz and is out of reset. */
void usb_start(tf_line *line);

/* Whether a program on a host that is there has the port open: USB is then the line, and the UART is not. */
bool usb_is_open(void);

/* Each time round: sends what `device` says, and takes more where `line` has room. */
void usb_turn(tf_line *line, tf_device *device);

#endif
