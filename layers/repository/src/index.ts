export { DigestMemory, sha256OfFile } from './disk/digest.ts';
export { type PublishedVersion, type PublishOptions, publishVersion } from './disk/publish.ts';
export { type ManifestFields, type PublishSource, readPublishSource } from './disk/publish-source.ts';
export { readManifest } from './disk/read-manifest.ts';
export { discardStaging, stagingPath, sweepStaging } from './disk/staging.ts';
export { unpublishVersion } from './disk/unpublish.ts';
export { verifyManifest } from './disk/verify-manifest.ts';
export { versionEntries } from './disk/version-directories.ts';
export { listVersionFiles, stampOf, statInside, type VersionFile } from './disk/version-files.ts';
export { CLAIM_NAME } from './format/claim.ts';
export { MANIFEST_NAME, MAX_FILES, MAX_MANIFEST_BYTES, type Manifest, parseManifest } from './format/manifest.ts';
export type { ManifestExample, ManifestSignature, ManifestSignatures } from './format/manifest-signatures.ts';
export { ALL_FORMATS, formatModelFiles, MODEL_FILES, type ModelFormat, modelFilesAmong } from './format/model-files.ts';
export { checkModelName, isModelName } from './format/model-name.ts';
export {
  type LabelTarget,
  type ModelRouting,
  routedVersions,
  type Shadow,
  STABLE,
  type VersionWeights,
  versionsOf,
} from './format/model-routing.ts';
export { formatProblems } from './format/problems.ts';
export { formatIndex, MAX_INDEX_BYTES, parseIndex, type ReadIndex } from './format/read-index.ts';
export { formatRejected, parseRejected, REJECTED_NAME, type Rejected } from './format/rejected.ts';
export { REPORT_NAMES } from './format/report-names.ts';
export {
  EMPTY_INDEX,
  type HistoryEntry,
  INDEX_NAME,
  type IndexedModel,
  type IndexedVersion,
  MAX_HISTORY,
  type RepositoryIndex,
} from './format/repository-index.ts';
export type { Rollout, RolloutBounds } from './format/rollout.ts';
export { clashingPath, isVersionPath } from './format/version-path.ts';
export {
  type Completeness,
  type ModelContents,
  modelCompleteness,
  type NeededContent,
} from './publish/completeness/model-completeness.ts';
export type { IndexEdit } from './publish/edit-model.ts';
export { readIndex } from './publish/known-numbers.ts';
export {
  type LabelEdit,
  type Promote,
  promote,
  removeLabel,
  type SetLabel,
  type SetWeights,
  setLabel,
  setWeights,
} from './publish/label-edits.ts';
export { checkLabel, formatTarget } from './publish/label-target.ts';
export { lookAtUpload, type UploadLookOptions, type UploadOutcome } from './publish/look-at-upload.ts';
export { type PublishToDirectoryOptions, publishToDirectory } from './publish/publish-to-directory.ts';
export { type PublishToStoreOptions, publishToStore, type StoredVersion } from './publish/publish-to-store.ts';
export {
  IGNORED,
  type Look,
  objectId,
  type PublishedManifest,
  type PublisherDecision,
  type PublisherPolicy,
  type PublisherSnapshot,
  publisher,
} from './publish/publisher.ts';
export { type ReindexOptions, reindex, type Upload, type UploadNews } from './publish/reindex.ts';
export { type RetireFromDirectoryOptions, retireFromDirectory } from './publish/retire-from-directory.ts';
export { type RetiredVersion, type RetireFromStoreOptions, retireFromStore } from './publish/retire-version.ts';
export { type Rollback, rollback } from './publish/rollback.ts';
export {
  type EndRollout,
  endRollout,
  type StartRollout,
  type StepRollout,
  startRollout,
  stepRollout,
} from './publish/rollout-edits.ts';
export { clearShadow, type SetShadow, setShadow } from './publish/shadow-edits.ts';
export { type UpdatedIndex, type UpdateIndexOptions, updateIndex } from './publish/update-index.ts';
export { type AddVersion, addVersion, type RetireVersion, retire } from './publish/version-edits.ts';
export { applyDecision, type DecidedRollout } from './rollout/apply-decision.ts';
export type { BrokenBound } from './rollout/broken-bound.ts';
export { chooseVersion, heaviestVersion, stickyUnit, type UnitOf } from './rollout/choose-version.ts';
export { decideRollout, type RollBack, type RolloutAction, type RolloutDecision } from './rollout/decide-rollout.ts';
export type { RolloutWindow, VersionWindow } from './rollout/rollout-window.ts';
export { isSameRun } from './rollout/same-run.ts';
export type {
  Fetched,
  ObjectFacts,
  ObjectStore,
  StoreObserver,
  StoreOperation,
  StoreRequest,
  WriteCondition,
} from './store/object-store.ts';
export { type OpenStoreOptions, openObjectStore } from './store/open-object-store.ts';
export type { StoreEnvironment } from './store/store-settings.ts';
export { isObjectStoreUrl } from './store/store-url.ts';
