/* A request that brings a part becomes a job of the engine. */
#ifndef PB_STATION_INTAKE_H
#define PB_STATION_INTAKE_H

#include "station/engine.h"
#include "station/request.h"

/* The photo and what is told of it, from a body that is the photo, or a form. The job's bytes stay the request's.
 * @return false: `out` has the answer */
bool station_intake(const station_request *request, station_job *job, station_response *out);
/* What the engine made of it. @param retry_after seconds, of 429 */
void station_intake_answer(const station_job *job, station_response *out);
void station_intake_refuse(int retry_after, station_response *out);

#endif
