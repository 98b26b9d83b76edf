/* What stands in for the station's commands where the program was built without what they need. */
#include "base/error.h"
#include "options.h"
#include "station_fill.h"
#include "terminal.h"

static pb_status refuse(void)
{
    return pb_fail(
        PB_STATUS_UNSUPPORTED,
        "there is no station in this purebank: it was built without libmicrohttpd or SQLite; install them (Debian: "
        "apt install libmicrohttpd-dev libsqlite3-dev) and build again");
}

int cli_serve(const cli_settings *settings)
{
    (void)settings;
    return cli_fail(refuse());
}

int cli_station(const cli_settings *settings)
{
    (void)settings;
    return cli_fail(refuse());
}

pb_status cli_station_fill(const char *folder, const char *product, const pb_paths *photos)
{
    (void)folder;
    (void)product;
    (void)photos;
    return refuse();
}
