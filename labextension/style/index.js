import './base.css';
import './diff.css';
import './panel.css';
import './modes.css';
