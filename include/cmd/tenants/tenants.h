/*
 * The commands of the group tenants.
 */
#ifndef CMD_TENANTS_TENANTS_H
#define CMD_TENANTS_TENANTS_H

#include "cmd/command.h"

extern const struct command command_tenants_check;
extern const struct command command_tenants_plan;
extern const struct command command_tenants_report;
extern const struct command command_tenants_run;
extern const struct command command_tenants_status;
extern const struct command command_tenants_verify;

#endif
