/* How far the light of photos may go before the guard calls it wrong: told where that is further than anybody would expect. */
#include "light.h"

#include <math.h>

#include "terminal.h"

/* sRGB's curve, 0..255 to 0..1. */
static double linear(double grey)
{
    const double v = grey / 255;
    return v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4);
}

/* Less light scales brightness and contrast alike, so that the narrower of their limits refuses first. NaN: neither is judged. */
static double width_of(const pb_guard *guard)
{
    return fmin(guard->scale[PB_GUARD_BRIGHTNESS], guard->scale[PB_GUARD_CONTRAST]) * guard->factor;
}

double cli_stops_unnoticed(const pb_guard *guard)
{
    const double centre = guard->centre[PB_GUARD_BRIGHTNESS], width = width_of(guard);
    const double typical = exp2(centre) - 1, darkest = exp2(centre - width) - 1;
    return darkest > 0 ? log2(linear(typical) / linear(darkest)) : (double)INFINITY;
}

void cli_say_light(const pb_bank *bank)
{
    static const double EXPECTED = 2; /* stops: what an eye calls another light at once */
    const pb_guard *guard = pb_bank_guard(bank);
    if (!guard)
        return;
    const double stops = cli_stops_unnoticed(guard);
    if (isinf(stops))
        cli_say("  The references' own light varies so much that their brightness tells nothing about a new photo's.");
    else if (stops > EXPECTED)
        cli_say("  The references' own light varies so much that a photo %.1f stops darker may pass for one of\n"
                "  theirs: keep the light steady, or refer to photos of one light, if it shall be noticed.",
                stops);
}
