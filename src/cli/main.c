/* SPDX-License-Identifier: MIT
 * The program. Everything else is in the library of commands, so that tests can link it. */
#include "cli/command.h"

int main(int argc, char *argv[])
{
    return command_main(argc, argv);
}
