/* purebank serve: a station that stays up. */
#include <signal.h>

#include "station/station.h"
#include "terminal.h"

static volatile sig_atomic_t told_to_stop;

static void on_signal(int number)
{
    (void)number;
    told_to_stop = 1;
}

static bool is_told_to_stop(void)
{
    return told_to_stop;
}

/* Both end the program in order: what has come in is answered first. */
static void take_over_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

int cli_serve(const cli_settings *settings)
{
    static station self;
    const station_options options = {.folder = settings->arguments[0],
                                     .listen = settings->listen,
                                     .token_file = settings->token_file,
                                     .watch = settings->watch,
                                     .sort = settings->sort,
                                     .mqtt = settings->mqtt,
                                     .max_pixels = settings->max_pixels,
                                     .say = cli_say,
                                     .warn = cli_warn};
    if (settings->sort && !settings->watch)
        return cli_usage_error("--sort is of watched files: --watch DIR");
    setvbuf(stdout, NULL, _IOLBF, 0); /* a log is read while the station runs */
    take_over_signals();
    pb_status status = station_open(&options, &self);
    if (status == PB_STATUS_OK)
        status = station_serve(&self, is_told_to_stop);
    station_close(&self);
    return status == PB_STATUS_OK ? CLI_EXIT_OK : cli_fail(status);
}
