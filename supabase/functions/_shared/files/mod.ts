export { backupFilesJob, backupFilesJobWith } from './backup_files_job.ts'
export { mediaTypeOfName } from './content_types.ts'
export { type CopyPictureDeps, copyPictureJob, copyPictureJobWith } from './copy_picture_job.ts'
export { createDownloadLink, type DownloadLinkDeps, downloadLinkSchema } from './download_link.ts'
export { type EncodedPicture, encodePicture } from './encode_picture.ts'
export { isolateFileJob, isolateFileJobWith } from './isolate_file_job.ts'
export {
  downloadShared,
  lookAtShareLink,
  type ShareLinkDeps,
  sharedFileSchema,
  type Visitor,
} from './open_share_link.ts'
export { PictureError, type PictureProblem } from './picture_error.ts'
export {
  type PictureDeps,
  publishPictureJob,
  publishPictureJobWith,
  removePictureJob,
  removePictureJobWith,
} from './publish_picture_job.ts'
export { removeObjectsJob, removeObjectsJobWith } from './remove_objects_job.ts'
export { restoreFilesJob, restoreFilesJobWith } from './restore_files_job.ts'
export { type ScanFileDeps, scanFileJob, scanFileJobWith } from './scan_file_job.ts'
export {
  type FileStorage,
  type FileStorageEnv,
  FileStorageError,
  type StoredObject,
  supabaseFileStorage,
} from './storage.ts'
export { streamOf } from './stream_of.ts'
export { sweepFilesJob, sweepFilesJobWith } from './sweep_job.ts'
export { keptSeconds, signThumbnail, type ThumbnailDeps, thumbnailSizes } from './thumbnail.ts'
