/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

#include "arguments.h"
#include "bus-client.h"
#include "config.h"
#include "ctl.h"
#include "errors.h"

/* More words than any verb takes. */
#define MANY 256

typedef ExitCode (*Verb)(Ctl *ctl, char **args);

enum {
        OPTION_NO_WAIT = 256,
        OPTION_TIMEOUT,
        OPTION_NO_LEGEND,
        OPTION_SHOW_PERSONAL,
        OPTION_SYSTEM,
        OPTION_SESSION,
        OPTION_REPLACE,
        OPTION_OBJECTS,
        OPTION_ENCODING,
};

static const struct {
        const char *name;
        int min;
        int max;
        Verb run;
        int option; /* one that this verb alone has, or 0 */
        const char *args;
        const char *help;
} verbs[] = {
        {"status", 0, 1, cmd_status, 0, "[SSID]", "agent and servers on one page"},
        {"register", 0, MANY, cmd_register, 0, "[SSID...]", "connect and register"},
        {"update", 0, MANY, cmd_update, OPTION_OBJECTS, "[SSID...]", "update the registration"},
        {"deregister", 0, MANY, cmd_deregister, 0, "[SSID...]", "end the registration"},
        {"send", 1, MANY, cmd_send, 0, "[SSID...] PATH...", "send values to servers unasked"},
        {"observations", 0, 1, cmd_observations, 0, "[SSID]", "who observes what"},
        {"read", 1, MANY, cmd_read, 0, "PATH...", "show resources"},
        {"write", 1, MANY, cmd_write, OPTION_REPLACE, "PATH=VALUE...", "change resources"},
        {"execute", 1, 2, cmd_execute, 0, "PATH [ARGUMENTS]", "execute a resource"},
        {"server-add", 1, MANY, cmd_server_add, 0, "URI ssid=N [KEY=VALUE...]", "add a server"},
        {"server-remove", 1, 1, cmd_server_remove, 0, "SSID", "remove a server and its keys"},
        {"key-set", 2, 3, cmd_key_set, OPTION_ENCODING, "SSID SLOT [FILE]",
         "set a key from a file or standard input"},
        {"key-clear", 2, 2, cmd_key_clear, 0, "SSID SLOT", "delete a key"},
        {"keys", 0, 1, cmd_keys, 0, "[SSID]", "which keys there are"},
        {"sms", 0, 0, cmd_sms, 0, "", "modem and short messages"},
        {"plugins", 0, 0, cmd_plugins, 0, "", "security plugins"},
        {"log-level", 0, 1, cmd_log_level, 0, "[LEVEL]", "show or set what is logged"},
        {"version", 0, 0, cmd_version, 0, "", "of lwm2mctl and of the agent"},
};

static const struct option long_options[] = {
        {"help", no_argument, NULL, 'h'},
        {"json", optional_argument, NULL, 'j'},
        {"terse", no_argument, NULL, 't'},
        {"fields", required_argument, NULL, 'f'},
        {"quiet", no_argument, NULL, 'q'},
        {"no-wait", no_argument, NULL, OPTION_NO_WAIT},
        {"timeout", required_argument, NULL, OPTION_TIMEOUT},
        {"no-legend", no_argument, NULL, OPTION_NO_LEGEND},
        {"show-personal", no_argument, NULL, OPTION_SHOW_PERSONAL},
        {"system", no_argument, NULL, OPTION_SYSTEM},
        {"session", no_argument, NULL, OPTION_SESSION},
        {"replace", no_argument, NULL, OPTION_REPLACE},
        {"objects", no_argument, NULL, OPTION_OBJECTS},
        {"encoding", required_argument, NULL, OPTION_ENCODING},
        {NULL, 0, NULL, 0},
};

static const char options_help[] =
        "\nOptions:\n"
        "  -j, --json[=pretty]   print JSON\n"
        "  -t, --terse           print lines for scripts\n"
        "  -f, --fields=A,B      print these fields only\n"
        "  -q, --quiet           do not say what was done\n"
        "      --no-wait         do not wait for the server's answer\n"
        "      --timeout=SEC     how long to wait at most\n"
        "      --no-legend       no heads of tables\n"
        "      --show-personal   identifiers in full\n"
        "      --objects         update: send the object list too\n"
        "      --replace         write: empty the rest of the instances\n"
        "      --encoding=HOW    key-set: raw (default) or hex\n"
        "      --system          use the system bus (default)\n"
        "      --session         use the session bus\n"
        "  -h, --help            show this\n";

/* What the options say that is not of Ctl. */
typedef struct {
        GBusType bus;
        guint64 timeout; /* seconds, 0: none given */
        int verb_option; /* the last that only one verb has, or 0 */
        bool help;
} Arguments;

static void print_help(void)
{
        puts("lwm2mctl [OPTIONS] [VERB] [ARGUMENTS]\n\nControls the LwM2M agent lwm2md.\n\nVerbs:");
        for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++) {
                g_autofree char *usage = g_strdup_printf("%s %s", verbs[i].name, verbs[i].args);

                printf("  %-40s %s\n", usage, verbs[i].help);
        }
        fputs(options_help, stdout);
}

static ExitCode set_json(Ctl *ctl, const char *how)
{
        if (how && !g_str_equal(how, "pretty"))
                return error_usage("--json: '%s' is not 'pretty'", how);
        ctl->output.format = OUTPUT_JSON;
        ctl->output.pretty = how != NULL;
        return EXIT_DONE;
}

static ExitCode set_verb_option(Ctl *ctl, Arguments *arguments, int option)
{
        arguments->verb_option = option;
        if (option == OPTION_REPLACE)
                ctl->replace = true;
        else if (option == OPTION_OBJECTS)
                ctl->objects = true;
        else if (g_str_equal(optarg, "raw") || g_str_equal(optarg, "hex"))
                ctl->encoding = optarg;
        else
                return error_usage("--encoding: '%s' is neither 'raw' nor 'hex'", optarg);
        return EXIT_DONE;
}

static ExitCode set_timeout(Arguments *arguments)
{
        if (!argument_number(optarg, 1, 86400, &arguments->timeout))
                return error_usage("--timeout: '%s' is not a number of seconds, 1 to 86400",
                                   optarg);
        return EXIT_DONE;
}

static void set_fields(Ctl *ctl)
{
        g_strfreev(ctl->output.fields);
        ctl->output.fields = g_strsplit(optarg, ",", -1);
}

static ExitCode set_option(Ctl *ctl, Arguments *arguments, int option)
{
        switch (option) {
        case 'h':
                arguments->help = true;
                return EXIT_DONE;
        case 'j':
                return set_json(ctl, optarg);
        case 't':
                ctl->output.format = OUTPUT_TERSE;
                return EXIT_DONE;
        case 'f':
                set_fields(ctl);
                return EXIT_DONE;
        case 'q':
                ctl->quiet = true;
                return EXIT_DONE;
        case OPTION_NO_WAIT:
                ctl->wait = false;
                return EXIT_DONE;
        case OPTION_TIMEOUT:
                return set_timeout(arguments);
        case OPTION_NO_LEGEND:
                ctl->output.legend = false;
                return EXIT_DONE;
        case OPTION_SHOW_PERSONAL:
                ctl->output.personal = true;
                return EXIT_DONE;
        case OPTION_SYSTEM:
                arguments->bus = G_BUS_TYPE_SYSTEM;
                return EXIT_DONE;
        case OPTION_SESSION:
                arguments->bus = G_BUS_TYPE_SESSION;
                return EXIT_DONE;
        default:
                return set_verb_option(ctl, arguments, option);
        }
}

static ExitCode parse_options(Ctl *ctl, Arguments *arguments, int argc, char **argv)
{
        ExitCode code = EXIT_DONE;

        opterr = 0;
        for (;;) {
                const char *word = argv[optind];
                int option = getopt_long(argc, argv, ":hj::tf:q", long_options, NULL);

                if (option == -1 || code != EXIT_DONE)
                        return code;
                if (option == '?')
                        return error_usage("%s: no such option; see lwm2mctl --help", word);
                if (option == ':')
                        return error_usage("%s: a value is missing", word);
                code = set_option(ctl, arguments, option);
        }
}

static ExitCode run_verb(Ctl *ctl, const Arguments *arguments, const char *name, char **args)
{
        int n = (int) g_strv_length(args);

        for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++) {
                if (!g_str_equal(verbs[i].name, name))
                        continue;
                if (n < verbs[i].min || n > verbs[i].max)
                        return error_usage("usage: lwm2mctl %s %s", name, verbs[i].args);
                if (arguments->verb_option != 0 && arguments->verb_option != verbs[i].option)
                        return error_usage("%s: one of the options is for another verb", name);
                return verbs[i].run(ctl, args);
        }
        return error_usage("%s: no such verb; see lwm2mctl --help", name);
}

/* D-Bus carries nothing else. */
static ExitCode check_encoding(char **args)
{
        for (; *args; args++) {
                g_autofree char *valid = NULL;

                if (g_utf8_validate(*args, -1, NULL))
                        continue;
                valid = g_utf8_make_valid(*args, -1);
                return error_usage("'%s' is not UTF-8", valid);
        }
        return EXIT_DONE;
}

static ExitCode run(Ctl *ctl, const Arguments *arguments, char **args)
{
        g_autoptr(BusClient) bus = bus_client_new(arguments->bus, (unsigned) arguments->timeout);
        ExitCode code = check_encoding(args);

        ctl->bus = bus;
        if (code != EXIT_DONE)
                return code;
        return args[0] ? run_verb(ctl, arguments, args[0], args + 1)
                       : run_verb(ctl, arguments, "status", args);
}

int main(int argc, char **argv)
{
        Ctl ctl = {.wait = true, .output = {.legend = true}};
        Arguments arguments = {.bus = G_BUS_TYPE_SYSTEM};
        ExitCode code;

        setlocale(LC_ALL, "");
        code = parse_options(&ctl, &arguments, argc, argv);
        if (code == EXIT_DONE && arguments.help)
                print_help();
        else if (code == EXIT_DONE)
                code = run(&ctl, &arguments, argv + optind);
        g_strfreev(ctl.output.fields);
        return code;
}
