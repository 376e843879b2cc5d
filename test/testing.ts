/** What the test of a connector needs, in whatever repository that lies: the package `@tidemill/testing`. */
export { type ConnectorTrial, connectorContract, type SourceFake } from './contracts/connector.ts';
export { type Reply, type SeenRequest, startFakeHttp } from './fakes/http-server.ts';
