/* The files that the studies published, which say less about themselves than ours do. */
#ifndef PB_RESULTS_PUBLISHED_H
#define PB_RESULTS_PUBLISHED_H

#include <stdbool.h>

#include <purebank/protocol.h>

/* The setup of the published file of that name, in whatever folder. false: there is none, or its rows tell. */
bool pb_results_published(const char *path, pb_setup *out);

#endif
