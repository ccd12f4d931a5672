/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the files of the module are.
 */
#ifndef HUGECONTIG_TOOL_MODULE_H
#define HUGECONTIG_TOOL_MODULE_H

#define MODULE_DIRECTORY	"/sys/module/hugecontig"
#define MODULE_ENABLED		MODULE_DIRECTORY "/parameters/enabled"
#define MODULE_MODE		MODULE_DIRECTORY "/parameters/mode"
#define MODULE_EXPLAIN_TARGET	MODULE_DIRECTORY "/parameters/explain_target"
#define MODULE_TAINT		MODULE_DIRECTORY "/taint"

#define DEBUGFS			"/sys/kernel/debug"
#define MODULE_DEBUGFS		DEBUGFS "/hugecontig"
#define MODULE_STATUS		MODULE_DEBUGFS "/status"
#define MODULE_STATS		MODULE_DEBUGFS "/stats"
#define MODULE_FAILURES		MODULE_DEBUGFS "/failures"
#define MODULE_EXPLAIN		MODULE_DEBUGFS "/explain"
#define MODULE_EXPLANATION	MODULE_DEBUGFS "/explanation"

#define TRACEFS			"/sys/kernel/tracing"
#define SECURITYFS		"/sys/kernel/security"
#define LOCKDOWN		SECURITYFS "/lockdown"

#endif /* HUGECONTIG_TOOL_MODULE_H */
