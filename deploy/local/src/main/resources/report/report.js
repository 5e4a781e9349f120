"use strict";

(() => {
    const data = JSON.parse(document.getElementById("data").textContent);
    const page = document.getElementById("page");
    const drawn = []; // charts on canvas, which have to be told of a change of colours

    // ---- Words and numbers ----------------------------------------------------------------------

    const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
    const tenths = new Intl.NumberFormat("en", {
        minimumFractionDigits: 1,
        maximumFractionDigits: 1,
    });

    function number(value) {
        if (value === null || value === undefined) {
            return "–";
        }
        if (Number.isInteger(value)) {
            return whole.format(value);
        }
        if (value !== 0 && Math.abs(value) < 0.001) {
            return value.toExponential(2);
        }
        return Math.abs(value) >= 100 ? tenths.format(value) : value.toFixed(4);
    }

    function percent(value, digits = 1) {
        return value === null || value === undefined ? "–" : (100 * value).toFixed(digits) + "%";
    }

    function time(millis) {
        return new Date(millis).toISOString().slice(0, 19).replace("T", " ");
    }

    function span(millis) {
        const seconds = Math.max(0, Math.round(millis / 1000));
        if (seconds < 120) {
            return seconds + " s";
        }
        return seconds < 7200
            ? Math.floor(seconds / 60) + " min"
            : (seconds / 3600).toFixed(1) + " h";
    }

    function words(metric) {
        const spelled = {
            gini: "Gini",
            std: "standard deviation",
            jensen_shannon: "Jensen-Shannon distance",
            jensen_shannon_expected: "expected of noise alone",
            psi: "PSI",
            psi_expected: "expected of noise alone",
        };
        return spelled[metric] || metric.replaceAll("_", " ");
    }

    function listed(parts) {
        return parts.length < 2
            ? parts.join("")
            : parts.slice(0, -1).join(", ") + " and " + parts[parts.length - 1];
    }

    // ---- Elements; text is always set as text, never as markup ----------------------------------

    function element(name, attributes = {}, ...children) {
        const made = document.createElement(name);
        for (const [key, value] of Object.entries(attributes)) {
            made.setAttribute(key, value);
        }
        made.append(...children);
        return made;
    }

    function shape(name, attributes = {}, ...children) {
        const made = document.createElementNS("http://www.w3.org/2000/svg", name);
        for (const [key, value] of Object.entries(attributes)) {
            made.setAttribute(key, value);
        }
        made.append(...children);
        return made;
    }

    function choice(names, label, choose) {
        const group = element("span", { class: "choice", role: "group", "aria-label": label });
        names.forEach((name, index) => {
            const button = element("button", { type: "button", "aria-pressed": index === 0 }, name);
            button.addEventListener("click", () => {
                for (const other of group.children) {
                    other.setAttribute("aria-pressed", other === button);
                }
                choose(index);
            });
            group.append(button);
        });
        return group;
    }

    function table(titles, rows) {
        const head = element(
            "tr",
            {},
            ...titles.map((title) => element("th", { class: title.n ? "n" : "" }, title.text)),
        );
        const body = rows.map((row) =>
            element(
                "tr",
                {},
                ...row.map((cell, i) => element("td", { class: titles[i].n ? "n" : "" }, cell)),
            ),
        );
        return element(
            "div",
            { class: "scroll" },
            element(
                "table",
                { class: "numbers" },
                element("thead", {}, head),
                element("tbody", {}, ...body),
            ),
        );
    }

    const text = (title) => ({ text: title, n: false });
    const numeric = (title) => ({ text: title, n: true });

    function colour(layer) {
        return "var(--layer-" + (((layer - 1) % 6) + 1) + ")";
    }

    function resolved(value) {
        const name = value.match(/^var\((.*)\)$/);
        return name
            ? getComputedStyle(document.documentElement).getPropertyValue(name[1]).trim()
            : value;
    }

    // ---- The figure: token distributions of all layers, and how wide the glass is ----------------

    const PANEL = { left: 122, width: 300, height: 104, gap: 38, top: 24 };

    /** Whether the plan in force at a moment drops a token of a layer; a bin of ranks has none. */
    function droppedBy(plan, layer) {
        if (!plan || plan.layer !== layer) {
            return () => false;
        }
        const head = new Set(plan.head_tokens);
        return (token) => plan.whole_layer || head.has(token);
    }

    function planOf(version, moment) {
        return version.plans.find((plan) => plan.epoch === moment.remap_epoch);
    }

    function moment(version, shown, highest, order) {
        const plan = planOf(version, shown);
        const height = PANEL.top + shown.layers.length * (PANEL.height + PANEL.gap) - PANEL.gap + 18;
        const svg = shape("svg", {
            viewBox: `0 0 ${PANEL.left + PANEL.width} ${height}`,
            role: "img",
            "aria-label": "Items per token, " + shown.label,
        });
        svg.append(glass(shown.layers));
        shown.layers.forEach((layer, index) => {
            const top = PANEL.top + index * (PANEL.height + PANEL.gap);
            svg.append(
                ...panel(
                    layer,
                    highest || layer.max_share,
                    top,
                    droppedBy(plan, layer.layer),
                    order,
                ),
            );
        });
        const figure = element(
            "figure",
            { class: "moment" },
            element("h3", {}, shown.label),
            element(
                "div",
                { class: "quiet" },
                `${time(shown.at)} UTC, ${number(shown.items)} items`,
            ),
            svg,
        );
        if (plan && (plan.whole_layer || plan.head_tokens.length > 0)) {
            figure.append(
                element(
                    "figcaption",
                    { class: "quiet" },
                    element("span", { class: "key", style: "background: var(--dropped)" }),
                    `dropped from SIDs by plan ${plan.epoch}: ${plan.whole_layer ? "all" : number(plan.head_tokens.length)} tokens of layer ${plan.layer}`,
                ),
            );
        }
        return figure;
    }

    /** Of every layer as wide as the share of its tokens that would do if all were used evenly. */
    function glass(layers) {
        const center = 40;
        const most = 36;
        const parts = [];
        const right = [];
        layers.forEach((layer, index) => {
            const top = PANEL.top + index * (PANEL.height + PANEL.gap);
            const half = Math.max(
                1,
                most * (layer.items === 0 ? 0 : layer.perplexity / layer.tokens),
            );
            const at = { half, from: top, to: top + PANEL.height, middle: top + PANEL.height / 2 };
            right.push(at);
            parts.push(
                shape("rect", {
                    x: center - half,
                    y: at.middle - 15,
                    width: 2 * half,
                    height: 30,
                    rx: Math.min(3, half),
                    style: `fill: ${colour(layer.layer)}`,
                }),
                shape(
                    "text",
                    { x: center, y: at.middle + 29, "text-anchor": "middle", class: "name" },
                    layer.items === 0 ? "–" : number(Math.round(layer.perplexity)),
                ),
                shape(
                    "text",
                    { x: center, y: at.middle + 42, "text-anchor": "middle" },
                    "of " + number(layer.tokens),
                ),
            );
        });
        const side = (sign, points) =>
            points
                .map((one, i) => {
                    const x = (half) => center + sign * half;
                    const y =
                        sign > 0
                            ? [one.middle - 15, one.middle + 15]
                            : [one.middle + 15, one.middle - 15];
                    if (i === 0) {
                        return `${sign > 0 ? "M" : "L"}${x(one.half)} ${y[0]}L${x(one.half)} ${y[1]}`;
                    }
                    const before = points[i - 1];
                    const from = sign > 0 ? before.middle + 15 : before.middle - 15;
                    const bend = (from + y[0]) / 2;
                    return `C${x(before.half)} ${bend} ${x(one.half)} ${bend} ${x(one.half)} ${y[0]}L${x(one.half)} ${y[1]}`;
                })
                .join("");
        const outline = side(1, right) + side(-1, [...right].reverse()) + "Z";
        return shape(
            "g",
            {},
            shape(
                "title",
                {},
                "Perplexity of every layer: as many tokens, evenly used, would spread the items as much",
            ),
            shape("path", { d: outline, class: "glass" }),
            ...parts,
        );
    }

    /** Whether a layer is too large for its tokens to be reported one by one. */
    function byRank(layer) {
        return layer.rank_bins.length > 0;
    }

    function tokenColumns(layer, byCount) {
        const columns = layer.counts.map((count, token) => ({ token, count }));
        if (byCount) {
            columns.sort((a, b) => b.count - a.count || a.token - b.token);
        }
        return columns;
    }

    /** Bins of neighbouring ranks, as high as the mean of their tokens; always by count. */
    function rankColumns(layer) {
        const first = (bin) => Math.floor((bin * layer.tokens) / layer.rank_bins.length);
        return layer.rank_bins.map((items, bin) => ({
            token: -1,
            count: items / (first(bin + 1) - first(bin)),
        }));
    }

    function panel(layer, highest, top, dropped, byCount) {
        const bottom = top + PANEL.height;
        const right = PANEL.left + PANEL.width;
        const columns = byRank(layer) ? rankColumns(layer) : tokenColumns(layer, byCount);
        const step = PANEL.width / columns.length;
        const scale = highest === 0 ? 0 : PANEL.height / (highest * Math.max(1, layer.items));
        const bars = { kept: "", dropped: "" };
        columns.forEach(({ token, count }, column) => {
            if (count > 0) {
                const x = PANEL.left + column * step;
                const wide = step > 3 ? step - 1 : Math.max(step, 0.8); // to be seen, however many
                bars[dropped(token) ? "dropped" : "kept"] +=
                    `M${x.toFixed(2)} ${bottom}v${(-count * scale).toFixed(2)}h${wide.toFixed(3)}V${bottom}z`;
            }
        });
        const says =
            layer.items === 0
                ? "no items"
                : `entropy ratio ${number(layer.entropy_ratio)}, Gini ${number(layer.gini)}, top ${percent(layer.max_share)}`;
        return [
            shape("line", { x1: PANEL.left, x2: right, y1: top, y2: top, class: "grid" }),
            shape("line", { x1: PANEL.left, x2: right, y1: bottom, y2: bottom, class: "rule" }),
            shape("path", { d: bars.kept, style: `fill: ${colour(layer.layer)}` }),
            shape("path", { d: bars.dropped, class: "dropped" }),
            shape("text", { x: PANEL.left, y: top - 7, class: "name" }, "layer " + layer.layer),
            shape(
                "text",
                { x: right, y: bottom + 13, "text-anchor": "end" },
                byRank(layer) ? "tokens by rank" : "",
            ),
            shape("text", { x: right, y: top - 7, "text-anchor": "end" }, says),
            shape(
                "text",
                { x: PANEL.left - 5, y: top + 4, "text-anchor": "end" },
                percent(highest),
            ),
            shape("text", { x: PANEL.left - 5, y: bottom + 2, "text-anchor": "end" }, "0"),
        ];
    }

    function figure(version) {
        const highest = Math.max(
            0,
            ...version.moments.flatMap((one) => one.layers.map((layer) => layer.max_share)),
        );
        const moments = element("div", { class: "moments" });
        const show = { byCount: false, scale: highest };
        const draw = () =>
            moments.replaceChildren(
                ...version.moments.map((one) => moment(version, one, show.scale, show.byCount)),
            );
        draw();
        return [
            element(
                "div",
                { class: "bar" },
                element("h2", {}, "Token distributions"),
                element(
                    "span",
                    { class: "choices" },
                    choice(["by token index", "by count"], "Order of the tokens", (index) => {
                        show.byCount = index === 1;
                        draw();
                    }),
                    choice(["one scale", "a scale each"], "Scale", (index) => {
                        show.scale = index === 0 ? highest : null;
                        draw();
                    }),
                ),
            ),
            element(
                "p",
                { class: "quiet" },
                "Share of the items on every token: raw codes, before a remap plan drops any. The glass is as wide as" +
                    " the layer’s perplexity: so many evenly used tokens would spread the items as much." +
                    " “Most even” and “most skewed” are among the reports with ten items a token or more.",
            ),
            moments,
        ];
    }

    // ---- Charts over time ------------------------------------------------------------------------

    function chart(host, title, note, series, columns, marks) {
        const box = element("div");
        host.append(
            element(
                "figure",
                { class: "chart" },
                element("h3", {}, title),
                element("p", { class: "quiet" }, note),
                box,
            ),
        );
        const axis = {
            stroke: () => resolved("var(--quiet)"),
            grid: { stroke: () => resolved("var(--grid)"), width: 1 },
            ticks: { stroke: () => resolved("var(--grid)"), width: 1 },
            font: "11px system-ui, sans-serif",
        };
        const plot = new uPlot(
            {
                width: Math.max(280, box.clientWidth),
                height: CHART_HEIGHT,
                tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
                cursor: { sync: { key: "time" }, points: { size: 6 } },
                legend: { live: true },
                scales: {
                    x: {
                        range: (_, min, max) =>
                            columns[0].length === 1 ? around(columns[0][0]) : [min, max],
                    },
                    y: { range: (_, min, max) => padded(min, max, marks.levels) },
                },
                axes: [
                    { ...axis, values: times },
                    { ...axis, size: 62, values: (_, ticks) => ticks.map(tick) },
                ],
                series: [
                    {
                        label: "UTC",
                        value: (_, seconds) => (seconds === null ? "–" : time(seconds * 1000)),
                    },
                    ...series.map((one) => ({
                        label: one.label,
                        stroke: () => resolved(one.colour),
                        width: 1.75,
                        dash: one.dash,
                        points: { show: columns[0].length < 40, size: 5 },
                        value: (_, value) => number(value),
                    })),
                ],
                hooks: {
                    drawClear: [(u) => bands(u, marks)],
                    draw: [(u) => lines(u, marks)],
                    ready: [restingLegend],
                    setCursor: [restingLegend],
                },
            },
            columns,
            box,
        );
        drawn.push(plot);
        const fit = () => {
            if (box.clientWidth > 0 && box.clientWidth !== plot.width) {
                plot.setSize({ width: box.clientWidth, height: CHART_HEIGHT });
            }
        };
        new ResizeObserver(() => requestAnimationFrame(fit)).observe(box);
    }

    /** The legend tells the latest values while the pointer is elsewhere. */
    function restingLegend(u) {
        if (u.cursor.idx === null || u.cursor.idx === undefined) {
            u.setLegend({ idx: u.data[0].length - 1 }, false);
        }
    }

    /** Times of day and, below the first of a day, its date. */
    function times(_, ticks, axis, space, step) {
        let day = "";
        return ticks.map((seconds) => {
            const told = time(seconds * 1000);
            const again = day === told.slice(0, 10);
            day = told.slice(0, 10);
            if (step >= 86400) {
                return day;
            }
            return told.slice(11, step < 60 ? 19 : 16) + (again ? "" : "\n" + day);
        });
    }

    function around(seconds) {
        return [seconds - 60, seconds + 60];
    }

    function padded(min, max, levels) {
        if (min === null || max === null) {
            return [0, 1];
        }
        const low = Math.min(min, ...levels);
        const high = Math.max(max, ...levels);
        const room = high > low ? 0.06 * (high - low) : Math.abs(high) * 0.1 || 1;
        return [low >= 0 ? Math.max(0, low - room) : low - room, high + room];
    }

    function tick(value) {
        if (Math.abs(value) >= 1e6) {
            return +(value / 1e6).toPrecision(4) + "M";
        }
        return Math.abs(value) >= 1e4
            ? +(value / 1e3).toPrecision(4) + "k"
            : +value.toPrecision(6) + "";
    }

    /** Alerts, as bands behind the lines from the time they were raised until they were cleared. */
    function bands(u, marks) {
        const { left, top, width, height } = u.bbox;
        u.ctx.save();
        u.ctx.fillStyle = resolved("var(--alert)");
        u.ctx.globalAlpha = 0.12;
        for (const one of marks.alerts) {
            const from = Math.max(left, one.from === null ? left : u.valToPos(one.from, "x", true));
            const to = Math.min(
                left + width,
                one.to === null ? left + width : u.valToPos(one.to, "x", true),
            );
            if (to > left && from < left + width) {
                u.ctx.fillRect(from, top, Math.max(2, to - from), height);
            }
        }
        u.ctx.restore();
    }

    /** Alerts' levels, and a line with its epoch where a plan came into force. */
    function lines(u, marks) {
        const { left, top, width, height } = u.bbox;
        const pixel = devicePixelRatio;
        u.ctx.save();
        u.ctx.beginPath();
        u.ctx.rect(left, top, width, height);
        u.ctx.clip();
        u.ctx.lineWidth = pixel;
        u.ctx.setLineDash([2 * pixel, 3 * pixel]);
        u.ctx.strokeStyle = resolved("var(--alert)");
        for (const level of marks.levels) {
            const y = Math.round(u.valToPos(level, "y", true));
            stroke(u.ctx, left, y, left + width, y);
        }
        u.ctx.setLineDash([5 * pixel, 4 * pixel]);
        u.ctx.strokeStyle = resolved("var(--ink)");
        u.ctx.textAlign = "left";
        u.ctx.font = `${11 * pixel}px system-ui, sans-serif`;
        for (const plan of marks.plans) {
            const x = Math.round(u.valToPos(plan.at, "x", true));
            if (x >= left && x <= left + width) {
                stroke(u.ctx, x, top, x, top + height);
                const label = "plan " + plan.epoch;
                const wide = u.ctx.measureText(label).width;
                const start = x > left + width * 0.85 ? x - wide - 4 * pixel : x + 4 * pixel;
                u.ctx.fillStyle = resolved("var(--paper)");
                u.ctx.fillRect(start - 2 * pixel, top + 2 * pixel, wide + 4 * pixel, 14 * pixel);
                u.ctx.fillStyle = resolved("var(--ink)");
                u.ctx.fillText(label, start, top + 12 * pixel);
            }
        }
        u.ctx.restore();
    }

    function stroke(context, x1, y1, x2, y2) {
        context.beginPath();
        context.moveTo(x1, y1);
        context.lineTo(x2, y2);
        context.stroke();
    }

    function marksFor(version, scope, metric) {
        const alerts = version.alerts.filter(
            (alert) => alert.metric === metric && alert.scope === scope,
        );
        return {
            alerts: alerts.map((alert) => ({
                from: alert.opened && alert.opened.at / 1000,
                to: alert.resolved && alert.resolved.at / 1000,
            })),
            levels: [
                ...new Set(
                    alerts.filter((alert) => alert.opened).map((alert) => alert.opened.threshold),
                ),
            ],
            plans: version.plans
                .filter((plan) => plan.in_force_at !== null)
                .map((plan) => ({ epoch: plan.epoch, at: plan.in_force_at / 1000 })),
        };
    }

    const CHART_HEIGHT = 210;
    const NOTES = {
        entropy_ratio: "Entropy over ln K: 1 is an even spread.",
        gini: "0 is an even spread.",
        std: "Of the items per token.",
        max_share: "Share of the items on the most frequent token.",
        quantization_error:
            "Mean share of an embedding that the layers up to this one leave unexplained.",
        jensen_shannon:
            "To the codebook’s reference histogram; dashed: what sampling noise alone would give.",
        psi: "Against the codebook’s reference histogram; dashed: what sampling noise alone would give.",
        collision_rate: "1 – distinct paths / items.",
        singleton_rate: "Share of the items that are alone on their path.",
        path_utilization: "Distinct paths over all possible ones.",
    };
    const SKEW = ["entropy_ratio", "gini", "std", "max_share"];
    const QUALITY = ["quantization_error", "jensen_shannon"];
    const PATHS = ["collision_rate", "singleton_rate"];

    /** A chart of one metric, with a line for every layer or, across layers, one. */
    function chartOf(host, version, scope, metric) {
        const trend = version[scope.toLowerCase()];
        const columns = [trend.at.map((millis) => millis / 1000)];
        const series = [];
        const add = (label, values, stroke, dash) => {
            if (values && values.some((value) => value !== null)) {
                columns.push(values);
                series.push({ label, colour: stroke, dash });
            }
        };
        if (trend[metric]) {
            add(words(metric), trend[metric], colour(1));
        } else {
            trend.layers.forEach((layer) => {
                add("layer " + layer.layer, layer[metric], colour(layer.layer));
                add(
                    "expected, " + layer.layer,
                    layer[metric + "_expected"],
                    colour(layer.layer),
                    [4, 4],
                );
            });
        }
        if (series.length > 0) {
            const title = words(metric);
            chart(
                host,
                title[0].toUpperCase() + title.slice(1),
                NOTES[metric] || "",
                series,
                columns,
                marksFor(version, scope, metric),
            );
        }
    }

    function thinned(trend) {
        return trend.reports_per_two === 1
            ? `Every report is drawn, ${number(trend.reports)} in all.`
            : `${number(trend.at.length)} of ${number(trend.reports)} reports are drawn: of every` +
                  ` ${number(trend.reports_per_two)} in a row those whose most skewed layer has the lowest and the highest entropy ratio.`;
    }

    function overTime(version, scopes) {
        const charts = element("div", { class: "charts" });
        const note = element("p", { class: "quiet" });
        const draw = (scope) => {
            drawn.splice(
                0,
                drawn.length,
                ...drawn.filter((plot) => {
                    const gone = charts.contains(plot.root);
                    if (gone) {
                        plot.destroy();
                    }
                    return !gone;
                }),
            );
            charts.replaceChildren();
            const trend = version[scope.toLowerCase()];
            note.textContent =
                (scope === "WINDOW"
                    ? `Arrivals of the last ${span(trend.window)} before each report. `
                    : "") +
                thinned(trend) +
                " Bands are alerts, dotted lines their levels, dashed lines plans coming into force.";
            const alerted = version.alerts
                .filter((alert) => alert.scope === scope)
                .map((alert) => alert.metric);
            const metrics = new Set([
                ...SKEW,
                ...QUALITY,
                ...(scope === "STANDING" ? PATHS : []),
                ...alerted,
            ]);
            if (scope === "STANDING") {
                metrics.delete("items");
            }
            metrics.forEach((metric) => chartOf(charts, version, scope, metric));
            if (scope === "STANDING" && trend.distinct_paths.some((value) => value !== null)) {
                chart(
                    charts,
                    "Items and distinct paths",
                    "Live items, and the paths of their SIDs as published.",
                    [
                        { label: "items", colour: "var(--quiet)" },
                        { label: "distinct paths", colour: colour(1) },
                    ],
                    [trend.at.map((millis) => millis / 1000), trend.items, trend.distinct_paths],
                    marksFor(version, scope, "distinct_paths"),
                );
            }
        };
        const names = { STANDING: "all items", WINDOW: "arrivals" };
        const bar = element("div", { class: "bar" }, element("h2", {}, "Skew over time"));
        if (scopes.length > 1) {
            bar.append(
                choice(
                    scopes.map((scope) => names[scope]),
                    "Scope",
                    (index) => draw(scopes[index]),
                ),
            );
        }
        return { parts: [bar, note, charts], draw: () => draw(scopes[0]) };
    }

    // ---- Tables ----------------------------------------------------------------------------------

    const LATEST = [
        "entropy",
        "entropy_ratio",
        "perplexity",
        "gini",
        "std",
        "coefficient_of_variation",
        "max_share",
        "dead_codes",
        "quantization_error",
        "jensen_shannon",
        "jensen_shannon_expected",
        "psi",
        "psi_expected",
    ];

    function latest(version, scopes) {
        const columns = scopes.flatMap((scope) => {
            const trend = version[scope.toLowerCase()];
            return trend.layers.map((layer) => ({
                title: `layer ${layer.layer}${scope === "WINDOW" ? ", last " + span(trend.window) : ""}`,
                layer,
                last: trend.at.length - 1,
            }));
        });
        return [
            element("h2", {}, "Latest report"),
            table(
                [text(""), ...columns.map((column) => numeric(column.title))],
                LATEST.map((metric) => [
                    words(metric),
                    ...columns.map((column) => number(column.layer[metric][column.last])),
                ]),
            ),
        ];
    }

    function alerts(version) {
        const title = element("h2", {}, "Alerts");
        if (version.alerts.length === 0) {
            return [title, element("p", { class: "quiet" }, "None in this time.")];
        }
        const rows = version.alerts.map((alert) => {
            const { opened, resolved: cleared } = alert;
            const said = opened || cleared;
            return [
                element(
                    "span",
                    { class: cleared ? "state" : "state hot" },
                    cleared ? "RESOLVED" : "OPEN",
                ),
                alert.metric + (alert.layer > 0 ? "@" + alert.layer : ""),
                alert.scope === "WINDOW" ? "arrivals" : "all items",
                opened ? time(opened.at) : "earlier",
                opened ? number(opened.value) : "–",
                opened ? number(opened.threshold) : "–",
                cleared ? time(cleared.at) : "–",
                cleared ? number(cleared.value) : "–",
                cleared ? number(cleared.threshold) : "–",
                opened && cleared ? span(cleared.at - opened.at) : "–",
                number(said.evaluations),
                number(said.items),
                said.message,
            ];
        });
        return [
            title,
            table(
                [
                    text("state"),
                    text("metric"),
                    text("of"),
                    text("opened (UTC)"),
                    numeric("value"),
                    numeric("level"),
                    text("resolved (UTC)"),
                    numeric("value"),
                    numeric("level"),
                    numeric("lasted"),
                    numeric("evaluations"),
                    numeric("items"),
                    text("message"),
                ],
                rows,
            ),
        ];
    }

    /** The best known metric, and all of them on demand. */
    function skewBefore(plan) {
        const metrics = Object.entries(plan.skew_before)
            .sort()
            .map(([metric, value]) => [words(metric), number(value)].join(" "));
        if (metrics.length < 2) {
            return listed(metrics);
        }
        const known = plan.skew_before.entropy_ratio;
        return element(
            "details",
            { class: "tokens" },
            element(
                "summary",
                { class: "nowrap" },
                known === undefined ? metrics[0] : "entropy ratio " + number(known),
            ),
            listed(metrics),
        );
    }

    function plans(version) {
        const title = element("h2", {}, "Remap plans");
        if (version.plans.length === 0) {
            return [title, element("p", { class: "quiet" }, "None.")];
        }
        const rows = version.plans.map((plan) => [
            number(plan.epoch),
            element("span", { class: "nowrap" }, `${plan.policy}, layer ${plan.layer}`),
            plan.whole_layer || plan.head_tokens.length === 0
                ? plan.whole_layer
                    ? "all"
                    : "none"
                : element(
                      "details",
                      { class: "tokens" },
                      element("summary", {}, `${number(plan.head_tokens.length)} tokens`),
                      plan.head_tokens.join(", "),
                  ),
            percent(plan.items === 0 ? null : plan.head_items / plan.items),
            number(plan.items),
            number(plan.items_to_move),
            number(plan.items_moved),
            skewBefore(plan),
            `${time(plan.decided_at)} by ${plan.decided_by}`,
            element(
                "span",
                {},
                element(
                    "span",
                    { class: "state" },
                    plan.status === "APPLYING"
                        ? `APPLYING ${percent(plan.progress, 0)}`
                        : plan.status,
                ),
                element(
                    "div",
                    { class: "quiet" },
                    plan.steps
                        .map(
                            (step) =>
                                `${step.status} ${time(step.at)}${step.message ? " (" + step.message + ")" : ""}`,
                        )
                        .join("; "),
                ),
            ),
        ]);
        return [
            title,
            table(
                [
                    numeric("epoch"),
                    text("policy"),
                    text("dropped tokens"),
                    numeric("their items"),
                    numeric("items"),
                    numeric("to move"),
                    numeric("moved"),
                    text("skew before"),
                    text("decided (UTC)"),
                    text("state"),
                ],
                rows,
            ),
        ];
    }

    // ---- The page --------------------------------------------------------------------------------

    function fact(name, value, hot) {
        return element(
            "div",
            {},
            element("dt", {}, name),
            element("dd", { class: hot ? "hot" : "" }, value),
        );
    }

    function facts(version) {
        const trend = version.standing;
        const last = trend.at.length - 1;
        const open = version.alerts.filter((alert) => !alert.resolved).length;
        const plan = version.plans.find((one) => one.epoch === trend.remap_epoch[last]);
        return element(
            "dl",
            { class: "facts" },
            fact("items", number(trend.items[last])),
            fact("distinct paths", number(trend.distinct_paths[last])),
            fact("collision rate", percent(trend.collision_rate[last])),
            fact("open alerts", number(open), open > 0),
            fact(
                "remap plan in force",
                plan ? `${plan.epoch}: ${plan.policy}` : trend.remap_epoch[last] || "none",
            ),
            ...trend.layers.map((layer) =>
                fact(`entropy ratio, layer ${layer.layer}`, number(layer.entropy_ratio[last])),
            ),
        );
    }

    function lead(version) {
        const last = version.moments[version.moments.length - 1];
        if (last.items === 0) {
            return "There are no items.";
        }
        const used = last.layers.map(
            (layer, index) =>
                `in layer ${layer.layer} ${index === 0 ? "as over" : "over"} ${number(Math.round(layer.perplexity))} of ${number(layer.tokens)}`,
        );
        return `${number(last.items)} items, spread ${listed(used)} evenly used tokens.`;
    }

    function section(version) {
        const scopes = ["STANDING", "WINDOW"].filter((scope) => version[scope.toLowerCase()]);
        const trends = scopes.map((scope) => version[scope.toLowerCase()]);
        const from = Math.min(...trends.map((trend) => trend.at[0]));
        const to = Math.max(...trends.map((trend) => trend.at[trend.at.length - 1]));
        const host = element(
            "section",
            { class: "version" },
            element("h1", {}, "Hourglass report: codebook " + version.version),
            element(
                "p",
                { class: "quiet" },
                from === to
                    ? `${time(from)} UTC`
                    : `${time(from)} to ${time(to)} UTC (${span(to - from)})`,
            ),
        );
        const charts = overTime(version, scopes);
        if (version.standing) {
            host.append(
                element("p", { class: "lead" }, lead(version)),
                facts(version),
                ...figure(version),
            );
        }
        host.append(
            ...charts.parts,
            ...latest(version, scopes),
            ...alerts(version),
            ...plans(version),
        );
        page.append(host);
        charts.draw(); // when it is in the page: charts ask how wide they are
    }

    data.versions.forEach(section);
    page.append(
        element(
            "footer",
            { class: "quiet" },
            `Made ${time(data.made_at)} UTC by Sidestream from ${data.topics.join(" and ")}. Times are UTC.`,
        ),
    );

    const redraw = () => drawn.forEach((plot) => plot.redraw(false));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
    matchMedia("print").addEventListener("change", redraw);
})();
