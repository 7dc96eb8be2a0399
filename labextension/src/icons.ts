import { LabIcon } from '@jupyterlab/ui-components';

import svgstr from '../style/doctor.svg';

/** A stethoscope. */
export const doctorIcon = new LabIcon({ name: 'nbdoctor:doctor', svgstr });
