package io.sidestream.local.commands.remap;

import io.sidestream.local.UserError;
import io.sidestream.local.kafka.CodebookRegistry;
import io.sidestream.local.kafka.Connection;
import io.sidestream.local.kafka.ConnectionOptions;
import io.sidestream.schema.CodebookManifest;
import io.sidestream.schema.CodebookStatus;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options that say whose remap plans a command is about. */
final class RemapTarget {

    @Option(
            names = "--version",
            paramLabel = "V",
            description = "Codebook version (default: the active one).")
    private String version;

    @Mixin private ConnectionOptions connectionOptions;

    Connection connection() {
        return connectionOptions.connection();
    }

    /**
     * The version that was named, whether it is known or not, or else the active one.
     *
     * @throws UserError if none was named and not exactly one is active
     */
    String version(Connection connection) throws InterruptedException {
        return version != null ? version : new CodebookRegistry(connection).active().getVersion();
    }

    /**
     * A version that items have SIDs of.
     *
     * @throws UserError if the version that was named does not exist or has been retired, or none
     *     was named and not exactly one is active
     */
    CodebookManifest live(Connection connection) throws InterruptedException {
        if (version == null) {
            return new CodebookRegistry(connection).active();
        }
        CodebookManifest manifest = new CodebookRegistry(connection).read().require(version);
        if (manifest.getStatus() == CodebookStatus.RETIRED) {
            throw new UserError(
                    "codebook version %s has been retired and its SIDs are being removed: there is"
                                    .formatted(version)
                            + " nothing to remap");
        }
        return manifest;
    }
}
