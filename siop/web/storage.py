from whitenoise.storage import CompressedManifestStaticFilesStorage


class ModuleManifestStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # the library has no types
    """Our scripts are plain ES modules that import each other by relative path, so those are hashed too."""

    support_js_module_import_aggregation = True
