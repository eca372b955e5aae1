/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <jansson.h>

#include "server.h"

/*
 * Carries out one command, an object with the member "do", and writes "done" or "error" with the
 * command's "id". The README beside this file lists the commands. False when it was "quit".
 */
bool command_run(Server *server, json_t *command);
