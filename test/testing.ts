/** What the test of a connector needs, in whatever repository that lies: the package `@tidemill/testing`. */
export { type ConnectorTrial, connectorContract, type SourceFake } from './contracts/connector.ts';
export {
  type Disturbance,
  type ServiceFake,
  type ServiceStreamTrial,
  type ServiceTrial,
  serviceContract,
} from './contracts/service.ts';
export { type FakeHttp, type Reply, type SeenRequest, startFakeHttp } from './fakes/http-server.ts';
