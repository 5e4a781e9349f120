package io.sidestream.local.console;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.UnaryOperator;

/** What a {@link LiveScreen} shows at one moment: lines from top to bottom, styled already. */
public final class Frame {

    private final int width;
    private final UnaryOperator<String> titleStyle;
    private final List<String> lines = new ArrayList<>();

    /**
     * @param width columns that there are to fill
     * @param titleStyle of the titles of tables
     */
    public Frame(int width, UnaryOperator<String> titleStyle) {
        this.width = width;
        this.titleStyle = titleStyle;
    }

    /** Columns that there are to fill. */
    public int width() {
        return width;
    }

    /** Adds a line; blanks at its end are not kept. */
    public void line(String line) {
        lines.add(line.stripTrailing());
    }

    /**
     * Cells in aligned columns under their titles. Where there is too little room, the last columns
     * are left out.
     */
    public void table(List<String> titles, List<List<String>> rows) {
        List<String> fitting = List.of();
        for (int columns = titles.size(); columns > 0; columns--) {
            int shown = columns;
            List<String> shownTitles = titles.subList(0, shown);
            TextTable table =
                    new TextTable(
                            shownTitles, rows.stream().map(row -> row.subList(0, shown)).toList());
            fitting = table.lines(titleStyle).toList();
            if (table.lines(UnaryOperator.identity())
                    .allMatch(line -> line.codePointCount(0, line.length()) <= width)) {
                break;
            }
        }
        lines.addAll(fitting);
    }

    public List<String> lines() {
        return Collections.unmodifiableList(lines);
    }
}
