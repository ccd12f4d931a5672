// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tracepoints of hugecontig_trace.h.
 */
#define CREATE_TRACE_POINTS
#include "hugecontig_trace.h"
