import { describeConnector } from '../contract/connector.ts';
import { graphqlInterface } from './support/graphql-source.ts';

describeConnector('graphql, _entities', graphqlInterface('entities'));
describeConnector('graphql, list field', graphqlInterface('query'));
