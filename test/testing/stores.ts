/** Object stores on this machine, strict as the real ones: `@tidemill/testing/stores`. */
export { type GcsServer, type GcsServerOptions, startGcsServer } from '../fakes/gcs-server.ts';
export { type S3Server, type S3ServerOptions, startS3Server } from '../fakes/s3-server.ts';
