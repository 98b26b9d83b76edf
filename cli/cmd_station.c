/* purebank station: makes a station, adds a product to one, or lets another version of a bank judge. */
#include <string.h>

#include "station/fill.h"
#include "station_fill.h"
#include "terminal.h"

static int activate(const cli_settings *settings)
{
    int64_t version;
    if (!settings->product || settings->bank || settings->backbone)
        return cli_usage_error("station activate needs a product, and no bank: --product NAME [--to V]");
    const pb_status status =
        station_activate(settings->arguments[1], settings->product, settings->to_version, &version);
    if (status != PB_STATUS_OK)
        return cli_fail(status);
    cli_say("Version %lld judges product %s now; start the station: purebank serve %s", (long long)version,
            settings->product, cli_path(settings->arguments[1]));
    return CLI_EXIT_OK;
}

int cli_station(const cli_settings *settings)
{
    if (strcmp(settings->arguments[0], "activate") == 0)
        return activate(settings);
    if (strcmp(settings->arguments[0], "init") != 0)
        return cli_usage_error("station knows init and activate, not '%s'", cli_path(settings->arguments[0]));
    if (settings->to_version > 0)
        return cli_usage_error("--to is of station activate");
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

pb_status cli_station_fill(const char *folder, const char *product, const pb_paths *photos)
{
    static station self;
    const station_options options = {.folder = folder, .say = cli_say, .warn = cli_warn};
    pb_status status = station_open(&options, &self);
    if (status == PB_STATUS_OK)
        status = station_fill(&self, product, (const char *const *)photos->path, photos->n);
    station_close(&self);
    return status;
}
