/** {@code sidestream remap}: shows, tries out, requests and decides about remap plans. */
package io.sidestream.local.commands.remap;
