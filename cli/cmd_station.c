/* purebank station init: makes a station, or adds a product to one. */
#include <string.h>

#include "station/station.h"
#include "terminal.h"

int cli_station(const cli_settings *settings)
{
    if (strcmp(settings->arguments[0], "init") != 0)
        return cli_usage_error("station knows init, not '%s'", cli_path(settings->arguments[0]));
    if (!settings->product || !settings->bank)
        return cli_usage_error("station init needs a product and its bank: --product NAME --bank part.bank");
    const pb_status status =
        station_init(settings->arguments[1], settings->product, settings->bank, settings->backbone);
    if (status != PB_STATUS_OK)
        return cli_fail(status);
    cli_say("Product %s is in station %s; start it: purebank serve %s", settings->product,
            cli_path(settings->arguments[1]), cli_path(settings->arguments[1]));
    return CLI_EXIT_OK;
}
