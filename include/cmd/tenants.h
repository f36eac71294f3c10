/*
 * The commands of the group tenants.
 */
#ifndef CMD_TENANTS_H
#define CMD_TENANTS_H

#include "cmd/command.h"

#endif
