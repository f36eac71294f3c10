/*
 * The commands of the group schema.
 */
#ifndef CMD_SCHEMA_H
#define CMD_SCHEMA_H

#include "cmd/command.h"

#endif
