/* What the guard of a bank does not notice about light. */
#ifndef PB_CLI_LIGHT_H
#define PB_CLI_LIGHT_H

#include <purebank/bank.h>

/* Stops that a photo as bright as the references' mean can be darker before its brightness or contrast is refused; infinite where none is. */
double cli_stops_unnoticed(const pb_guard *guard);
/* Two lines where that is more than 2 stops; else none. */
void cli_say_light(const pb_bank *bank);

#endif
