import { describeConnector } from '../contract/connector.ts';
import { httpInterface } from './support/http-source.ts';

describeConnector('http, one key per request', httpInterface('single'));
describeConnector('http, batches', httpInterface('batch'));
describeConnector('http, pages', httpInterface('page'));
describeConnector('http, offsets', httpInterface('offset'));
describeConnector('http, cursors', httpInterface('cursor'));
