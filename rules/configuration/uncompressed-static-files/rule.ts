import { defineRule } from "#engine";
import { constantAt, isAtLeast, isUnset, itemWith, settingAt } from "../../shared/settings";

const plain = "django.contrib.staticfiles.storage.StaticFilesStorage";
const compressed = '"whitenoise.storage.CompressedManifestStaticFilesStorage"';

/** WhiteNoise serves what the storage made: without hashes browsers ask again after a minute, without compression they get it whole. */
export default defineRule({
  id: "uncompressed-static-files",
  summary: "Static files served by the application as they are",
  impact: "low",
  frameworks: ["django"],
  messages: {
    plain: {
      what: "static files are served without compression and without hashed names",
      why: "browsers may keep them for a minute only, so that workers send the same files again and again, whole",
      instead: "use `CompressedManifestStaticFilesStorage`",
    },
  },
  check: {
    deployment(deployment, { project, rewriter, report }) {
      if (!deployment.isDeployed) return;
      // Where nginx stands before it, that serves the files.
      if (deployment.mentions.includes("nginx")) return;
      const middleware = itemWith(settingAt(deployment, "MIDDLEWARE"), /^whitenoise\.middleware\.WhiteNoiseMiddleware$/);
      if (!middleware) return;
      // Whoever makes the compressed files in another step, or lets browsers keep them, has a way of their own.
      if (["WHITENOISE_MAX_AGE", "WHITENOISE_IMMUTABLE_FILE_TEST", "COMPRESS_ENABLED", "WEBPACK_LOADER", "DJANGO_VITE"].some((name) => deployment.settings.has(name)) || project.requires("django-compressor")) return;
      const version = project.version("django");
      const isNew = isAtLeast(version, 4, 2);
      const byStorages = constantAt(deployment, "STORAGES", "staticfiles", "BACKEND");
      const byName = constantAt(deployment, "STATICFILES_STORAGE");
      const stated = [byStorages, byName].find((each) => each?.value === plain && each.variable === undefined);
      const isUnstated = isUnset(deployment, "STATICFILES_STORAGE") && isUnset(deployment, "STORAGES");
      if (!stated && !isUnstated) return;
      const path = stated && stated === byName ? ["STATICFILES_STORAGE"] : isNew || (stated && stated === byStorages) ? ["STORAGES", "staticfiles", "BACKEND"] : ["STATICFILES_STORAGE"];
      const changes = stated || !isNew
        ? [{ path, code: compressed }]
        : [{ path: ["STORAGES"], code: `{\n    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},\n    "staticfiles": {"BACKEND": ${compressed}},\n}` }];
      report("plain", {
        at: stated?.at ?? middleware.at,
        values: {},
        // Without a version nobody knows which of the two settings counts.
        fixes: stated || version ? [rewriter(deployment.framework).changeSettings(deployment, changes, "Compress and hash static files", "review")] : [],
      });
    },
  },
});
