package io.sidestream.local;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** What is said about a command line that is not understood, without what may be secrets in it. */
final class UsageErrors {

    private static final String HIDDEN = "…";

    /** Options whose arguments are settings. */
    private static final List<String> SETTINGS = List.of("--kafka-property", "--option");

    private UsageErrors() {}

    /**
     * The error's message with values of settings cut: of every argument {@code KEY=VALUE} what
     * follows the {@code =}, unless it is the argument of another option; and beside an option of
     * settings every argument that belongs to no option.
     */
    static String withoutValues(ParameterException error) {
        String message = String.valueOf(error.getMessage());
        List<String> values = values(error.getCommandLine().getCommandSpec(), arguments(error));
        values.sort(Comparator.comparingInt(String::length).reversed());
        for (String value : values) {
            message = message.replace(value, HIDDEN);
        }
        return message;
    }

    private static List<String> arguments(ParameterException error) {
        List<String> arguments = new ArrayList<>();
        for (var line = error.getCommandLine(); line != null; line = line.getParent()) {
            ParseResult parsed = line.getParseResult();
            if (parsed != null) {
                arguments.addAll(parsed.originalArgs());
                arguments.addAll(parsed.expandedArgs());
            }
        }
        return arguments;
    }

    private static List<String> values(CommandSpec command, List<String> arguments) {
        boolean settings =
                arguments.stream()
                        .anyMatch(argument -> SETTINGS.stream().anyMatch(argument::startsWith));
        List<String> values = new ArrayList<>();
        String before = "";
        for (String argument : arguments) {
            String option = argument.startsWith("-") ? argument.split("=", 2)[0] : before;
            before = argument;
            if (isOther(command, option)) {
                continue;
            }
            String setting = argument;
            if (argument.startsWith("-")) {
                int end = argument.indexOf('=');
                if (end < 0) {
                    continue;
                }
                setting = argument.substring(end + 1);
                if (SETTINGS.contains(option) && setting.indexOf('=') < 0) {
                    addValue(setting, values);
                }
            }
            int equals = setting.indexOf('=');
            if (equals >= 0) {
                addValue(setting.substring(equals + 1), values);
            } else if (settings && !argument.startsWith("-")) {
                addValue(argument, values);
            }
        }
        return values;
    }

    /** Whether a command has an option of this name, whose argument is not a setting. */
    private static boolean isOther(CommandSpec command, String option) {
        return option.startsWith("-")
                && !SETTINGS.contains(option)
                && command.findOption(option) != null;
    }

    /** Also as a part of it: a message may cite a value without its quotes. */
    private static void addValue(String value, List<String> values) {
        String stripped = value.replaceAll("^[\\s\"']+|[\\s\"']+$", "");
        for (String form : new String[] {value, stripped}) {
            if (!form.isEmpty()) {
                values.add(form);
            }
        }
    }
}
